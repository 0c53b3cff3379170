package org.ktsn.cli.bench;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * One figure of a benchmark, in several runs of two builds.
 *
 * @param name where it stands in the JSON: the names of the members, with points between
 * @param mine its values with the one build
 * @param baseline its values with the other
 */
record ComparedFigure(String name, List<Double> mine, List<Double> baseline) {
  /** What tells the objects of a list apart. */
  private static final List<String> KEYS =
      List.of("name", "contender", "class", "size", "depth", "rate", "rate_per_second", "round");

  ComparedFigure {
    mine = List.copyOf(mine);
    baseline = List.copyOf(baseline);
  }

  /** Returns what all runs have, in the order of the first one. */
  static List<ComparedFigure> of(List<JsonObject> mine, List<JsonObject> baseline) {
    List<Map<String, Double>> ours = mine.stream().map(ComparedFigure::figures).toList();
    List<Map<String, Double>> theirs = baseline.stream().map(ComparedFigure::figures).toList();
    return ours.getFirst().keySet().stream()
        .filter(
            name ->
                Stream.concat(ours.stream(), theirs.stream()).allMatch(m -> m.containsKey(name)))
        .map(name -> new ComparedFigure(name, values(ours, name), values(theirs, name)))
        .toList();
  }

  private static List<Double> values(List<Map<String, Double>> runs, String name) {
    return runs.stream().map(run -> run.get(name)).toList();
  }

  private static Map<String, Double> figures(JsonObject run) {
    Map<String, Double> figures = new LinkedHashMap<>();
    collect("", run, figures);
    return figures;
  }

  private static void collect(String name, JsonElement element, Map<String, Double> figures) {
    switch (element) {
      case JsonObject object ->
          object.asMap().forEach((member, value) -> collect(joined(name, member), value, figures));
      case JsonArray array -> {
        for (int i = 0; i < array.size(); i++) {
          collect(joined(name, label(array.get(i), i)), array.get(i), figures);
        }
      }
      case JsonPrimitive number when number.isNumber() -> figures.put(name, number.getAsDouble());
      default -> {
        // words and truth values are no figures
      }
    }
  }

  private static String joined(String name, String member) {
    return name.isEmpty() ? member : name + "." + member;
  }

  private static String label(JsonElement element, int index) {
    if (!element.isJsonObject()) {
      return Integer.toString(index);
    }
    List<String> words = new ArrayList<>();
    for (String key : KEYS) {
      JsonElement value = element.getAsJsonObject().get(key);
      if (value != null && value.isJsonPrimitive()) {
        words.add(value.getAsString());
      }
    }
    return words.isEmpty() ? Integer.toString(index) : String.join("/", words);
  }

  /** Returns the one build's median over the other's; empty if that is 0. */
  Optional<Double> ratio() {
    double below = median(baseline);
    return below == 0 ? Optional.empty() : Optional.of(median(mine) / below);
  }

  /** Returns a line of the table. */
  String line() {
    return String.format(
        Locale.ROOT,
        "%-52s %26s %26s %7s",
        name,
        cell(mine),
        cell(baseline),
        ratio().map(r -> String.format(Locale.ROOT, "%.2f", r)).orElse("-"));
  }

  /** Returns the values and what was made of them. */
  JsonObject toJson() {
    JsonObject json = new JsonObject();
    json.add("this", numbers(mine));
    json.add("baseline", numbers(baseline));
    json.addProperty("this_median", median(mine));
    json.addProperty("baseline_median", median(baseline));
    ratio().ifPresent(r -> json.addProperty("ratio", r));
    return json;
  }

  private static JsonArray numbers(List<Double> values) {
    JsonArray numbers = new JsonArray();
    values.forEach(numbers::add);
    return numbers;
  }

  private static String cell(List<Double> values) {
    double[] sorted = sorted(values);
    return number(median(values))
        + (values.size() < 2
            ? ""
            : " (" + number(sorted[0]) + ".." + number(sorted[sorted.length - 1]) + ")");
  }

  private static String number(double value) {
    return value == Math.rint(value)
        ? String.format(Locale.ROOT, "%.0f", value)
        : String.format(Locale.ROOT, "%.2f", value);
  }

  private static double median(List<Double> values) {
    double[] sorted = sorted(values);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  private static double[] sorted(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
    Arrays.sort(sorted);
    return sorted;
  }
}
