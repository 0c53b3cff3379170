package org.ktsn.cli.bench;

import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.ktsn.cli.testbed.Child;

/**
 * What the same steps take for a datagram in one loop in C, {@code distribution/demo/yardstick.c}.
 *
 * @param stepsNs nanoseconds by step, in the order of a datagram's way; the last one is their sum
 */
record Yardstick(Map<String, Double> stepsNs) {
  private static final int DATAGRAMS = 2_000_000;
  private static final long LIMIT_MS = 60_000;

  /** Runs the loop with payloads of so many octets. */
  static Yardstick measure(Path programs, int size) {
    return of(
        Child.run(
            "yardstick",
            List.of(
                programs.resolve("yardstick").toString(),
                Integer.toString(DATAGRAMS),
                Integer.toString(size)),
            LIMIT_MS));
  }

  /** Reads what the loop prints: a line for each step. */
  static Yardstick of(String printed) {
    Map<String, Double> steps = new LinkedHashMap<>();
    printed
        .lines()
        .map(line -> line.split(" ", 2))
        .forEach(pair -> steps.put(pair[0], Double.valueOf(pair[1])));
    return new Yardstick(steps);
  }

  String line() {
    return stepsNs.entrySet().stream()
        .map(step -> String.format(Locale.ROOT, "%s %.0f", step.getKey(), step.getValue()))
        .collect(Collectors.joining(", ", "the same in one loop in C, in ns: ", ""));
  }

  JsonObject toJson() {
    JsonObject json = new JsonObject();
    stepsNs.forEach(json::addProperty);
    return json;
  }
}
