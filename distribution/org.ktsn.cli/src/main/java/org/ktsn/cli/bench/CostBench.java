package org.ktsn.cli.bench;

import com.google.gson.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.Control;
import org.ktsn.cli.terminal.Progress;
import org.ktsn.cli.terminal.Screen;
import org.ktsn.cli.testbed.Testbed;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code bench cost}: what LibKTSN costs a program: calls that it intercepts, before the program
 * has asked for a transmission time, and datagrams that it takes, each beside the C library's own
 * call in the same process and by turns; and starts of a program with and without it.
 */
@Command(
    name = "cost",
    description = "What LibKTSN adds to a program's calls and start, and what a datagram takes.")
final class CostBench extends Bench {
  private static final long LIMIT_MS = 300_000;

  @Option(
      names = "--turns",
      paramLabel = "N",
      defaultValue = "500",
      description = "turns of each call with and without LibKTSN, 1 to 10000 (${DEFAULT-VALUE})")
  private int turns;

  @Option(
      names = "--size",
      paramLabel = "OCTETS",
      defaultValue = "256",
      description = "payload of the datagrams, 0 to 1472 (${DEFAULT-VALUE})")
  private int size;

  CostBench(Function<Map<String, String>, Control> control, Map<String, String> environment) {
    super(control, environment);
  }

  /** The medians of one call, in nanoseconds. */
  private record Cost(String call, double withNs, double withoutNs) {
    static Cost parse(String line) {
      String[] words = line.split(" ", -1);
      try {
        return new Cost(words[0], Double.parseDouble(words[1]), Double.parseDouble(words[2]));
      } catch (IndexOutOfBoundsException | NumberFormatException e) {
        throw new CommandFailure("The program that measures has printed '" + line + "'.", e);
      }
    }

    double ratio() {
      return withNs / withoutNs;
    }

    JsonObject toJson() {
      JsonObject json = new JsonObject();
      json.addProperty("with_ns", withNs);
      json.addProperty("without_ns", withoutNs);
      json.addProperty("ratio", ratio());
      return json;
    }
  }

  @Override
  void check() {
    require(turns >= 1 && turns <= 10_000, "--turns", turns, "1 to 10000");
    require(size >= 0 && size <= 1472, "--size", size, "0 to 1472");
  }

  @Override
  JsonObject measure(Testbed testbed, Screen screen, Progress progress) {
    progress.show("calls, datagrams of " + size + " octets, and starts");
    List<Cost> costs =
        testbed
            .runInTalker(
                "cost",
                List.of(
                    "--to",
                    testbed.listenerAddress(),
                    "--size",
                    String.valueOf(size),
                    "--turns",
                    String.valueOf(turns),
                    "--starts",
                    String.valueOf(turns),
                    "--preload",
                    testbed.library().toString()),
                LIMIT_MS)
            .lines()
            .map(Cost::parse)
            .toList();
    progress.clear();
    screen.out().printf(Locale.ROOT, "%-12s %12s %12s %8s%n", "ns", "LibKTSN", "without", "ratio");
    JsonObject calls = new JsonObject();
    for (Cost cost : costs) {
      screen
          .out()
          .printf(
              Locale.ROOT,
              "%-12s %12.1f %12.1f %8.3f%n",
              cost.call(),
              cost.withNs(),
              cost.withoutNs(),
              cost.ratio());
      calls.add(cost.call(), cost.toJson());
    }
    JsonObject json = new JsonObject();
    json.addProperty("size", size);
    json.add("calls", calls);
    return json;
  }
}
