package org.ktsn.cli.bench;

import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntConsumer;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.hosts.OverlayPlan;
import org.ktsn.cli.hosts.Underlay;
import org.ktsn.cli.terminal.Progress;
import org.ktsn.cli.terminal.Screen;
import org.ktsn.cli.testbed.Cleanup;
import org.ktsn.cli.testbed.CpuTime;
import org.ktsn.cli.testbed.Patience;
import org.ktsn.cli.testbed.PrivateBroker;
import org.ktsn.cli.testbed.QuantileTable;
import org.ktsn.cli.testbed.Quantiles;
import org.ktsn.cli.testbed.Testbed;

/**
 * How long a node takes to program its switch for many others that announce themselves at one
 * broker, and what memory it takes. One thread.
 */
final class AnnouncedRun {
  /** Four for a pod of one IPv4 address: where to, tagged and untagged, who has it, who comes. */
  private static final int RULES_OF_A_POD = 4;

  private static final String NETWORK = "bench";
  private static final String PID = "org.ktsn.schedule.mqtt";
  private static final long LIMIT_MS = 120_000;
  private static final long NS_PER_MS = 1_000_000;

  /** Longer than others are looked at together, so that each change stands alone. */
  private static final long APART_MS = 400;

  private final Testbed testbed;
  private final Path run;
  private final String instance;
  private final Progress progress;

  AnnouncedRun(Testbed testbed, Path run, String instance, Progress progress) {
    this.testbed = testbed;
    this.run = run;
    this.instance = instance;
    this.progress = progress;
  }

  /**
   * What the node has at one moment.
   *
   * @param rules of the overlay, in the switch
   * @param heapOctets of KTSNd, without garbage
   */
  private record Memory(int rules, long heapOctets, long ktsndKib, long switchKib) {
    JsonObject toJson() {
      JsonObject json = new JsonObject();
      json.addProperty("rules", rules);
      json.addProperty("ktsnd_heap_octets", heapOctets);
      json.addProperty("ktsnd_resident_kib", ktsndKib);
      json.addProperty("switch_resident_kib", switchKib);
      return json;
    }
  }

  /** How long something took all in all, and of the two processes' processor time. */
  private record Took(long ms, long ktsndMs, long switchMs) {
    JsonObject toJson() {
      JsonObject json = new JsonObject();
      json.addProperty("ms", ms);
      json.addProperty("ktsnd_processor_ms", ktsndMs);
      json.addProperty("switch_processor_ms", switchMs);
      return json;
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%6d ms   (KTSNd's processor time %d ms, the switch's %d ms)",
          ms,
          ktsndMs,
          switchMs);
    }
  }

  /**
   * Measures and prints.
   *
   * @param changes how many pods come and go, one by one
   */
  JsonObject measure(int nodes, int pods, int changes, Screen screen) {
    try (Cleanup cleanup = Cleanup.within(testbed.cleanup());
        PrivateBroker broker = new PrivateBroker(testbed.work(), cleanup);
        AnnouncedNodes others = new AnnouncedNodes(broker.url(), NETWORK)) {
      RuleWatch rules = new RuleWatch(run, instance);
      describe(broker, cleanup);
      progress.show("waiting for the node's own rules");
      int own = awaitOwn(rules);
      Memory before = memory(rules);

      int half = nodes / 2;
      Took first =
          all(
              rules,
              own,
              half * pods,
              0,
              half,
              node -> others.announce(node, pods),
              "the first half");
      Memory atHalf = memory(rules);
      Took second =
          all(
              rules,
              own,
              nodes * pods,
              half,
              nodes,
              node -> others.announce(node, pods),
              "the other half");
      Memory atEnd = memory(rules);
      List<Long> added = new ArrayList<>();
      List<Long> removed = new ArrayList<>();
      change(rules, cleanup, others, nodes, pods, changes, added, removed);
      Took leaving = all(rules, own, 0, 0, nodes, others::leave, "all leave");
      Took fromNothing =
          all(
              rules,
              own,
              nodes * pods,
              0,
              nodes,
              node -> others.announce(node, pods),
              "all from nothing");
      progress.clear();

      Quantiles add = Quantiles.of(added.stream().mapToLong(Long::longValue).toArray());
      Quantiles remove = Quantiles.of(removed.stream().mapToLong(Long::longValue).toArray());
      show(screen, nodes, pods, before, atHalf, atEnd, fromNothing, leaving, add, remove);
      JsonObject json = new JsonObject();
      json.addProperty("nodes", nodes);
      json.addProperty("pods_of_each", pods);
      json.add("before", before.toJson());
      json.add("at_half", atHalf.toJson());
      json.add("at_end", atEnd.toJson());
      json.add("first_half", first.toJson());
      json.add("second_half", second.toJson());
      json.add("all_leave", leaving.toJson());
      json.add("all_from_nothing", fromNothing.toJson());
      json.add("pod_added_ms", add.toJsonMs());
      json.add("pod_removed_ms", remove.toJsonMs());
      return json;
    }
  }

  private void describe(PrivateBroker broker, Cleanup cleanup) {
    cleanup.add(() -> control("ktsn:config " + PID + " brokers= network- node-"));
    control("ktsn:config %s brokers=%s network=%s node=this".formatted(PID, broker.url(), NETWORK));
    cleanup.add(() -> control("ktsn:net-del bench"));
    control("ktsn:net-add bench %d %s --announcements".formatted(OverlayPlan.VNI, Underlay.NEAR));
  }

  private void control(String command) {
    String ignored = testbed.control().run(command);
  }

  /** The node's own rules are there when their number stays. */
  private static int awaitOwn(RuleWatch rules) {
    int before = 0;
    int now = rules.count();
    long limit = System.nanoTime() + LIMIT_MS * NS_PER_MS;
    while (now == 0 || now != before) {
      if (System.nanoTime() - limit > 0) {
        throw new CommandFailure(
            "The switch has no rules of the overlay after "
                + LIMIT_MS / 1000
                + " s; 'ktsn shell ktsn:health' and 'ktsn:networks' tell why.");
      }
      BenchController.pause();
      BenchController.pause();
      before = now;
      now = rules.count();
    }
    return now;
  }

  /**
   * Has some of the nodes say something, and waits until the switch has the rules of so many pods.
   */
  private Took all(
      RuleWatch rules, int own, int pods, int from, int until, IntConsumer say, String what) {
    progress.show(what);
    CpuTime ktsnd = CpuTime.ofPidFile(run.resolve("ktsnd.pid"));
    CpuTime vswitchd = CpuTime.ofPidFile(run.resolve("ovs/ovs-vswitchd.pid"));
    long ktsndNs = ktsnd.usedNs();
    long switchNs = vswitchd.usedNs();
    long beginNs = System.nanoTime();
    for (int node = from; node < until; node++) {
      say.accept(node);
    }
    int wanted = own + RULES_OF_A_POD * pods;
    if (!rules.awaitCount(wanted, LIMIT_MS)) {
      throw new CommandFailure(
          String.format(
              Locale.ROOT,
              "%s: the switch has %d rules of the overlay after %d s, not %d;"
                  + " 'ktsn shell ktsn:networks' tells what is refused.",
              what,
              rules.count(),
              LIMIT_MS / 1000,
              wanted));
    }
    return new Took(
        (System.nanoTime() - beginNs) / NS_PER_MS,
        (ktsnd.usedNs() - ktsndNs) / NS_PER_MS,
        (vswitchd.usedNs() - switchNs) / NS_PER_MS);
  }

  /** A pod of some node comes and goes, again and again; each time counts from its announcement. */
  private void change(
      RuleWatch rules,
      Cleanup cleanup,
      AnnouncedNodes others,
      int nodes,
      int pods,
      int changes,
      List<Long> added,
      List<Long> removed) {
    try (Cleanup listening = Cleanup.within(cleanup)) {
      rules.listen(listening);
      for (int i = 0; i < changes; i++) {
        progress.show("one pod more and less, " + (i + 1) + " of " + changes);
        int node = i % nodes;
        added.add(changed(rules, () -> others.announce(node, pods + 1)));
        removed.add(changed(rules, () -> others.announce(node, pods)));
      }
    }
  }

  private static long changed(RuleWatch rules, Runnable change) {
    Patience.sleepMs(APART_MS);
    rules.forget();
    long beginNs = System.nanoTime();
    change.run();
    return rules.awaitHeard(RULES_OF_A_POD, LIMIT_MS) - beginNs;
  }

  private Memory memory(RuleWatch rules) {
    long heap = Census.of(testbed.control()).heapOctets();
    return new Memory(
        rules.count(),
        heap,
        testbed.residentKib(),
        CpuTime.ofPidFile(run.resolve("ovs/ovs-vswitchd.pid")).residentKib());
  }

  private static void show(
      Screen screen,
      int nodes,
      int pods,
      Memory before,
      Memory atHalf,
      Memory atEnd,
      Took fromNothing,
      Took leaving,
      Quantiles add,
      Quantiles remove) {
    screen.out().printf(Locale.ROOT, "%d nodes of %d pods each%n%n", nodes, pods);
    screen
        .out()
        .printf(
            Locale.ROOT,
            "%-22s %10s %16s %18s %18s%n",
            "",
            "rules",
            "KTSNd's heap KiB",
            "KTSNd resident KiB",
            "switch resident KiB");
    line(screen, "no other node", before);
    line(screen, nodes / 2 + " nodes", atHalf);
    line(screen, nodes + " nodes", atEnd);
    screen.out().println();
    new QuantileTable("from announcement to rules")
        .milliseconds("a pod more", add)
        .milliseconds("a pod less", remove)
        .lines()
        .forEach(screen.out()::println);
    screen.out().printf("%nall from nothing %s%nall leave        %s%n", fromNothing, leaving);
  }

  private static void line(Screen screen, String what, Memory memory) {
    screen
        .out()
        .printf(
            Locale.ROOT,
            "%-22s %10d %16d %18d %18d%n",
            what,
            memory.rules,
            memory.heapOctets / 1024,
            memory.ktsndKib,
            memory.switchKib);
  }
}
