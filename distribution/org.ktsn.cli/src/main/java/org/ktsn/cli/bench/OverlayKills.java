package org.ktsn.cli.bench;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.hosts.SecondHost;
import org.ktsn.cli.hosts.SecondHost.Side;
import org.ktsn.cli.terminal.Progress;
import org.ktsn.cli.terminal.Screen;
import org.ktsn.cli.testbed.Arrivals;
import org.ktsn.cli.testbed.Arrivals.Arrival;
import org.ktsn.cli.testbed.Child;
import org.ktsn.cli.testbed.Cleanup;
import org.ktsn.cli.testbed.Patience;
import org.ktsn.cli.testbed.QuantileTable;
import org.ktsn.cli.testbed.Quantiles;
import org.ktsn.cli.testbed.TestPod;
import org.ktsn.cli.testbed.Testbed;

/**
 * The switch of one or the other of two hosts, each a node of KTSN, is killed at random instants
 * while frames flow from one to the other, and started again. One thread.
 */
final class OverlayKills {
  private static final int PORT = 7_700;
  private static final long PERIOD_NS = 1_000_000;
  private static final long LEAD_NS = 500_000_000;
  private static final int MOST_FRAMES = 4_000_000;
  private static final int LEAST_QUIET_MS = 2_500;
  private static final int MOST_QUIET_MS = 4_500;
  private static final long LIMIT_MS = 2_000;
  private static final long SETTLING_MS = 20_000;
  private static final long NS_PER_MS = 1_000_000;

  private final Testbed testbed;
  private final SecondHost second;
  private final Progress progress;
  private final List<String> faults = new ArrayList<>();

  OverlayKills(Testbed testbed, SecondHost second, Progress progress) {
    this.testbed = testbed;
    this.second = second;
    this.progress = progress;
  }

  /**
   * A kill.
   *
   * @param atNs when the switch was killed, TAI
   * @param backNs when the command had ended that started it again, TAI
   */
  private record Kill(Side side, long atNs, long backNs) {}

  /**
   * Kills and prints.
   *
   * @param seed of what is killed when
   */
  JsonObject measure(int kills, long seed, Screen screen) {
    screen.out().printf(Locale.ROOT, "%d kills, of the random numbers of %d%n", kills, seed);
    Path arrivals = testbed.work().resolve("kills");
    List<Kill> killed = new ArrayList<>();
    Map<Side, RuleWatch> rules = new EnumMap<>(Side.class);
    Map<Side, Integer> before = new EnumMap<>(Side.class);
    try (Cleanup running = Cleanup.within(testbed.cleanup())) {
      for (Side side : Side.values()) {
        rules.put(side, new RuleWatch(second.run(side), second.instance(side)));
        before.put(side, rules.get(side).count());
      }
      Child listener = listen(arrivals, running);
      Child talker = talk(running);
      SplittableRandom random = new SplittableRandom(seed);
      for (int i = 1; i <= kills; i++) {
        Patience.sleepMs(random.nextInt(LEAST_QUIET_MS, MOST_QUIET_MS));
        Side side = random.nextBoolean() ? Side.NEAR : Side.FAR;
        progress.show("kill " + i + " of " + kills + ", the switch of " + second.instance(side));
        long atNs = testbed.nowNs();
        second.killSwitch(side);
        second.startSwitch(side);
        killed.add(new Kill(side, atNs, testbed.nowNs()));
      }
      Patience.sleepMs(MOST_QUIET_MS);
      if (!talker.running() || !listener.running()) {
        throw new CommandFailure("Talker or listener ended before the last kill.");
      }
      talker.stop();
      listener.stop();
    }
    for (Side side : Side.values()) {
      if (!rules.get(side).awaitCount(before.get(side), SETTLING_MS)) {
        faults.add(
            "%s had %d rules of the overlay before, and has %d."
                .formatted(second.instance(side), before.get(side), rules.get(side).count()));
      }
    }
    progress.clear();
    return show(killed, Arrivals.read(arrivals), screen);
  }

  /** Returns what was wrong, in sentences. */
  List<String> faults() {
    return faults;
  }

  private Child listen(Path arrivals, Cleanup running) {
    TestPod pod = second.pods().listener();
    return Child.start(
        "listener",
        pod.command(
            List.of(
                testbed.programs().resolve("listener").toString(),
                "--bind",
                pod.address() + ":" + PORT,
                "--output",
                arrivals.toString(),
                "--frames",
                Integer.toString(MOST_FRAMES),
                "--first-ms",
                "60000",
                "--quiet-ms",
                "600000")),
        line -> {},
        running);
  }

  private Child talk(Cleanup running) {
    return Child.start(
        "talker",
        second
            .pods()
            .talker()
            .preloaded(
                List.of(
                    testbed.programs().resolve("talker").toString(),
                    "--to",
                    second.pods().listener().address() + ":" + PORT,
                    "--frames",
                    Integer.toString(MOST_FRAMES),
                    "--period-ns",
                    Long.toString(PERIOD_NS),
                    "--lead-ns",
                    Long.toString(LEAD_NS),
                    "--priority",
                    "7")),
        line -> {},
        running);
  }

  private JsonObject show(List<Kill> killed, Arrivals arrivals, Screen screen) {
    screen.out().printf("%n%-12s %14s %14s %14s%n", "killed", "away ms", "flow again ms", "lost");
    JsonArray all = new JsonArray();
    LongStream.Builder again = LongStream.builder();
    for (Kill kill : killed) {
      long againNs = firstAfter(arrivals, kill.backNs) - kill.backNs;
      long lost = lost(arrivals, kill.atNs, kill.backNs + LIMIT_MS * NS_PER_MS);
      again.add(againNs);
      screen
          .out()
          .printf(
              Locale.ROOT,
              "%-12s %14d %14d %14d%n",
              second.instance(kill.side),
              (kill.backNs - kill.atNs) / NS_PER_MS,
              againNs / NS_PER_MS,
              lost);
      JsonObject one = new JsonObject();
      one.addProperty("instance", second.instance(kill.side));
      one.addProperty("away_ms", (kill.backNs - kill.atNs) / NS_PER_MS);
      one.addProperty("flow_again_ms", againNs / NS_PER_MS);
      one.addProperty("lost", lost);
      all.add(one);
      if (againNs > LIMIT_MS * NS_PER_MS) {
        faults.add(
            "no frame arrived within %d ms after the switch of %s was back."
                .formatted(LIMIT_MS, second.instance(kill.side)));
      }
    }
    Quantiles quantiles = Quantiles.of(again.build().toArray());
    screen.out().println();
    new QuantileTable("from the switch's return")
        .milliseconds("until frames flow", quantiles)
        .lines()
        .forEach(screen.out()::println);
    JsonObject json = new JsonObject();
    json.add("kills", all);
    json.add("flow_again_ms", quantiles.toJsonMs());
    return json;
  }

  /** Returns when the first frame arrived after an instant; the end of time if none did. */
  private static long firstAfter(Arrivals arrivals, long fromNs) {
    return arrivals.datagrams().stream()
        .mapToLong(Arrival::arrivalNs)
        .filter(each -> each >= fromNs)
        .min()
        .orElse(Long.MAX_VALUE / 2);
  }

  /** Returns how many of those that were to be launched in a time never arrived. */
  private static long lost(Arrivals arrivals, long fromNs, long untilNs) {
    long came =
        arrivals.datagrams().stream()
            .filter(each -> each.launchTimeNs() >= fromNs && each.launchTimeNs() < untilNs)
            .mapToLong(Arrival::sequence)
            .distinct()
            .count();
    return Math.max(0, (untilNs - fromNs) / PERIOD_NS - came);
  }
}
