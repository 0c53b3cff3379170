package org.ktsn.cli.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.ktsn.api.trace.TraceLayout.Outcome;
import org.ktsn.cli.testbed.Arrivals.Arrival;
import org.ktsn.cli.testbed.Flow.DataPath;
import org.ktsn.cli.testbed.TraceFile.Frame;

class FiguresTest {
  private static final long BASE_NS = 1_000_000_000L;

  @Test
  void shouldLeaveOutWhatWasLaunchedAfterAnInstant() {
    FlowResult result = result(20, 10_000);
    assertEquals(4, Figures.of(result, Long.MAX_VALUE).latencyNs().count());
    Figures before = Figures.of(result, BASE_NS + 2_000_000);
    assertEquals(2, before.latencyNs().count());
    assertEquals(2, before.txErrorNs().count());
    assertEquals(1, before.jitterNs().count());
  }

  @Test
  void shouldSayHowManyTimesAsLargeTheyAreAsOthers() {
    Figures figures = Figures.of(result(30, 15_000), Long.MAX_VALUE);
    Figures others = Figures.of(result(20, 10_000), Long.MAX_VALUE);
    JsonObject ratio = figures.ratioTo(others);
    assertEquals(1.5, ratio.getAsJsonObject("tx_error").get("p50").getAsDouble());
    assertEquals(1.5, ratio.getAsJsonObject("latency").get("max").getAsDouble());
    assertEquals("{}", ratio.get("jitter").toString(), "there is no ratio to nothing");
    List<String> table = figures.tableBeside(others, "containerd", "netns");
    assertTrue(table.get(3).matches("  containerd / netns +x +1\\.50 .*"), table.get(3));
    assertTrue(table.stream().allMatch(line -> line.length() <= 79), table.toString());
  }

  private static FlowResult result(long txErrorNs, long latencyNs) {
    List<Arrival> arrivals = new ArrayList<>();
    List<Frame> frames = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      long launch = BASE_NS + i * 1_000_000L;
      arrivals.add(new Arrival(i, 256, launch, launch + latencyNs));
      frames.add(
          new Frame(
              launch,
              launch,
              launch + txErrorNs,
              launch + 240_000,
              25_760,
              298,
              0,
              7,
              Outcome.SENT,
              0x0a4d0002,
              40_000,
              7777,
              0,
              i));
    }
    return new FlowResult(
        new Flow(4, 256, 1_000_000, 2_000_000, 7, DataPath.KTSN, true),
        BASE_NS,
        new Arrivals(arrivals, 0, 0),
        Optional.of(new TraceFile(100_000_000, 0, 0, frames)),
        Optional.empty(),
        0);
  }
}
