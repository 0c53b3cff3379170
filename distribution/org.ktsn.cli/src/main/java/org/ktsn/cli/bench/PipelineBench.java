package org.ktsn.cli.bench;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.ktsn.cli.terminal.Progress;
import org.ktsn.cli.terminal.Screen;
import org.ktsn.cli.testbed.Flow;
import org.ktsn.cli.testbed.Flow.DataPath;
import org.ktsn.cli.testbed.Patience;
import org.ktsn.cli.testbed.Testbed;

/**
 * {@code bench throughput --port null}: how many datagrams a second pass through KTSNd alone, ring,
 * stack, shaper and launcher, and where its time goes. One thread.
 */
final class PipelineBench {
  /** As far ahead as programs send: so many datagrams wait, and none for longer than this. */
  private static final int WAITING = 4_000;

  private static final long MOST_LEAD_NS = 50_000_000;
  private static final long BURST_NS = 1_000_000;
  private static final int PRIORITY = 7;
  private static final long SECOND = 1_000_000_000;
  private static final long LOOK_AFTER_NS = 200_000_000;
  private static final long SETTLED_LIMIT_NS = 5 * SECOND;

  private final Testbed testbed;
  private final int pods;
  private final int size;
  private final int seconds;
  private final Screen screen;
  private final Progress progress;

  PipelineBench(
      Testbed testbed, int pods, int size, int seconds, Screen screen, Progress progress) {
    this.testbed = testbed;
    this.pods = pods;
    this.size = size;
    this.seconds = seconds;
    this.screen = screen;
    this.progress = progress;
  }

  /**
   * What became of the datagrams of one rate.
   *
   * @param rate how many a second, of all pods together
   * @param sent how many were sent
   * @param launched how many the port was given
   * @param late how many missed their window and were dated anew
   * @param drops how many were dropped, by reason
   * @param daemonCpuPercent how much of one processor KTSNd used
   * @param stages where its time went
   */
  private record Turn(
      long rate,
      long sent,
      long launched,
      long late,
      Map<String, Long> drops,
      double daemonCpuPercent,
      StageTimes stages) {
    boolean isCarried() {
      return sent == launched && late == 0;
    }

    String line() {
      return String.format(
              Locale.ROOT,
              "%9d%10d%10d%10d%12.0f%12.0f%8.0f",
              rate,
              sent,
              sent - launched,
              late,
              stages.perFrame(stages.plannerNs()),
              stages.perFrame(stages.launcherNs()),
              daemonCpuPercent)
          + drops.entrySet().stream()
              .map(drop -> "  " + drop.getKey() + " " + drop.getValue())
              .collect(Collectors.joining());
    }

    JsonObject toJson() {
      JsonObject json = new JsonObject();
      json.addProperty("rate_per_second", rate);
      json.addProperty("sent", sent);
      json.addProperty("launched", launched);
      json.addProperty("late", late);
      JsonObject dropped = new JsonObject();
      drops.forEach(dropped::addProperty);
      json.add("drops", dropped);
      json.addProperty("daemon_cpu_percent", Math.round(daemonCpuPercent * 10) / 10.0);
      json.add("stages", stages.toJson());
      return json;
    }
  }

  /** Measures these rates, and so many more towards the highest one that passes. */
  JsonObject measure(List<Integer> rates, int bisections) {
    screen
        .out()
        .printf(
            Locale.ROOT,
            "%9s%10s%10s%10s%12s%12s%8s%n",
            "rate/s",
            "sent",
            "lost",
            "late",
            "planner ns",
            "launcher ns",
            "KTSNd %");
    List<Turn> turns = new ArrayList<>();
    RateSearch search = new RateSearch();
    turn(rates.stream().min(Integer::compare).orElseThrow()); // what is not compiled yet
    for (int rate : rates.stream().sorted().toList()) {
      turns.add(tell(turn(rate), search));
    }
    for (int step = 0; step < bisections && search.between() > 0; step++) {
      turns.add(tell(turn(search.between()), search));
    }
    long highest = search.carried();
    Turn shown =
        turns.stream()
            .filter(turn -> turn.rate() == highest)
            .reduce((first, last) -> last)
            .orElse(turns.getFirst());
    screen.out().printf("%nOf a frame, at %d/s:%n%s", shown.rate(), shown.stages().table());
    Yardstick yardstick = Yardstick.measure(testbed.programs(), size);
    screen.out().println(yardstick.line());
    screen.out().printf("the highest rate that passed: %d/s%n", highest);
    JsonObject json = new JsonObject();
    json.addProperty("port", "null");
    json.addProperty("pods", pods);
    json.addProperty("size", size);
    JsonArray loads = new JsonArray();
    turns.forEach(turn -> loads.add(turn.toJson()));
    json.add("loads", loads);
    json.add("yardstick_ns_per_frame", yardstick.toJson());
    json.addProperty("highest_rate_per_second", highest);
    return json;
  }

  private Turn tell(Turn turn, RateSearch search) {
    search.tried(turn.rate(), turn.isCarried());
    screen.out().println(turn.line());
    return turn;
  }

  private Turn turn(long rate) {
    long periodNs = SECOND * pods / rate;
    int frames = Math.toIntExact(Math.max(1, seconds * SECOND / periodNs));
    long leadNs = Math.min(MOST_LEAD_NS, WAITING * SECOND / rate);
    Flow flow =
        new Flow(frames, size, size, periodNs, leadNs, BURST_NS, PRIORITY, DataPath.KTSN, false);
    JsonObject before = settled();
    Map<String, Long> dropsBefore = ThroughputBench.drops(testbed);
    long baseNs = testbed.earliestBaseNs(pods);
    long lookNs = Math.max(LOOK_AFTER_NS, flow.lengthNs() - 2 * LOOK_AFTER_NS);
    List<CompletableFuture<StageTimes>> looking = new ArrayList<>();
    double cpuPercent =
        testbed.send(
            flow,
            pods,
            baseNs,
            (received, nowNs) -> {
              progress.show(rate + "/s");
              if (looking.isEmpty() && nowNs > baseNs + LOOK_AFTER_NS) {
                looking.add(CompletableFuture.supplyAsync(() -> look(lookNs)));
              }
            });
    StageTimes stages = looking.isEmpty() ? look(LOOK_AFTER_NS) : looking.getFirst().join();
    JsonObject after = settled();
    Map<String, Long> drops = ThroughputBench.drops(testbed);
    dropsBefore.forEach((reason, count) -> drops.merge(reason, -count, Long::sum));
    drops.values().removeIf(count -> count == 0);
    progress.clear();
    return new Turn(
        rate,
        (long) frames * pods,
        difference("sent", before, after),
        difference("late", before, after),
        drops,
        cpuPercent,
        stages);
  }

  private StageTimes look(long forNs) {
    return StageTimes.of(testbed.control().json("ktsn:stages " + forNs / 1_000_000));
  }

  private static long difference(String counter, JsonObject before, JsonObject after) {
    return after.get(counter).getAsLong() - before.get(counter).getAsLong();
  }

  /** Waits until nothing is on its way any more; returns the counters. */
  private JsonObject settled() {
    long limit = System.nanoTime() + SETTLED_LIMIT_NS;
    JsonObject stats = testbed.stats();
    while (stats.get("queued").getAsLong() + stats.get("committed").getAsLong() > 0
        && System.nanoTime() - limit < 0) {
      Patience.sleepMs(50);
      stats = testbed.stats();
    }
    return stats;
  }
}
