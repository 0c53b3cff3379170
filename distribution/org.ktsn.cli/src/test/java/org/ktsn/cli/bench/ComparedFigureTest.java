package org.ktsn.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ComparedFigureTest {
  @Test
  void shouldSetMediansOfWhatAllRunsHaveSideBySide() {
    List<ComparedFigure> figures =
        ComparedFigure.of(
            List.of(
                run("{'lost': 0, 'x': {'p50': 10}, 'only_here': 1}"),
                run("{'lost': 0, 'x': {'p50': 30}, 'only_here': 1}"),
                run("{'lost': 0, 'x': {'p50': 20}, 'only_here': 1}")),
            List.of(run("{'lost': 0, 'x': {'p50': 40}}"), run("{'lost': 0, 'x': {'p50': 41}}")));
    assertEquals(List.of("lost", "x.p50"), figures.stream().map(ComparedFigure::name).toList());
    assertEquals(Optional.empty(), figures.get(0).ratio());
    assertEquals(Optional.of(20 / 40.5), figures.get(1).ratio());
    assertEquals(
        "x.p50 20 (10..30) 40.50 (40..41) 0.49", figures.get(1).line().replaceAll(" +", " "));
    assertEquals(
        "{\"this\":[10.0,30.0,20.0],\"baseline\":[40.0,41.0],\"this_median\":20.0,"
            + "\"baseline_median\":40.5,\"ratio\":"
            + 20 / 40.5
            + "}",
        figures.get(1).toJson().toString());
  }

  @Test
  void shouldTellTheObjectsOfAListApartByWhatTheyMeasure() {
    JsonObject one = run("{'sizes': [{'size': 64, 'n': 1}, {'size': 256, 'n': 2}], 'l': [3]}");
    JsonObject other = run("{'sizes': [{'size': 256, 'n': 4}, {'size': 64, 'n': 4}], 'l': [3]}");
    assertEquals(
        List.of("sizes.64.size", "sizes.64.n", "sizes.256.size", "sizes.256.n", "l.0"),
        ComparedFigure.of(List.of(one), List.of(other)).stream()
            .map(ComparedFigure::name)
            .toList());
    assertEquals(Optional.of(0.5), ComparedFigure.of(List.of(one), List.of(other)).get(3).ratio());
  }

  private static JsonObject run(String json) {
    return JsonParser.parseString(json.replace('\'', '"')).getAsJsonObject();
  }
}
