package org.ktsn.cli.testbed;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongSupplier;
import org.ktsn.cli.CommandFailure;

/**
 * One run of flows at the same time: starts their programs, looks on, waits for their end. One
 * thread.
 */
final class FlowRun {
  private static final long MILLISECOND = 1_000_000L;
  private static final long ENDING_MS = 10_000;

  private final FlowPrograms programs;
  private final CpuTime daemon;
  private final LongSupplier clock;
  private final Testbed.Watcher watcher;
  private final Cleanup running;

  /**
   * Prepares a run.
   *
   * @param clock the present instant, in TAI nanoseconds
   * @param watcher looks on
   * @param running ends the programs
   */
  FlowRun(
      FlowPrograms programs,
      CpuTime daemon,
      LongSupplier clock,
      Testbed.Watcher watcher,
      Cleanup running) {
    this.programs = programs;
    this.daemon = daemon;
    this.clock = clock;
    this.watcher = watcher;
    this.running = running;
  }

  /**
   * Runs flows from their first frame to the last arrival.
   *
   * @param baseNs the first launch time of each
   * @param moments where a native loop beside them writes what it meets; none without one
   * @return how much of a processor the daemon used meanwhile, in percent
   */
  double measure(List<RunningFlow> all, long baseNs, Optional<Path> moments) {
    AtomicLongArray received = new AtomicLongArray(all.size());
    List<Child> receiving = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      int place = i;
      receiving.add(
          programs.startListener(all.get(i), baseNs, count -> received.set(place, count), running));
    }
    Flow first = all.getFirst().flow();
    Optional<Child> looping =
        moments.map(output -> programs.startNativeLoop(first, baseNs, output, running));
    List<Child> sending = new ArrayList<>();
    for (RunningFlow one : all) {
      sending.add(programs.startTalker(one, baseNs, running));
    }
    long leadNs = all.stream().mapToLong(one -> one.flow().leadNs()).max().orElseThrow();
    requireTime(baseNs - leadNs);
    long lengthNs = all.stream().mapToLong(one -> one.flow().lengthNs()).max().orElseThrow();
    double cpuPercent = watch(baseNs, lengthNs, receiving, sending, () -> sum(received));
    long limitMs = Math.max(0, baseNs + lengthNs - clock.getAsLong()) / MILLISECOND + ENDING_MS;
    sending.forEach(child -> child.await(limitMs));
    receiving.forEach(child -> child.await(ENDING_MS));
    looping.ifPresent(loop -> loop.await(ENDING_MS));
    return cpuPercent;
  }

  /**
   * Runs flows that nobody receives from their first frame to the end of their talkers.
   *
   * @param baseNs the first launch time of the first
   * @param apartNs from there to that of the next
   * @return how much of a processor the daemon used meanwhile, in percent
   */
  double send(List<RunningFlow> all, long baseNs, long apartNs) {
    List<Child> sending = new ArrayList<>();
    for (RunningFlow one : all) {
      sending.add(programs.startTalker(one, baseNs + sending.size() * apartNs, running));
    }
    Flow flow = all.getFirst().flow();
    requireTime(baseNs - flow.leadNs());
    double cpuPercent = watch(baseNs, flow.lengthNs(), sending, sending, () -> 0);
    sending.forEach(child -> child.await(ENDING_MS));
    return cpuPercent;
  }

  private void requireTime(long untilNs) {
    if (clock.getAsLong() > untilNs) {
      throw new CommandFailure(
          "The talker took too long to start: this machine is too busy. Try again.");
    }
  }

  private double watch(
      long baseNs,
      long lengthNs,
      List<Child> receiving,
      List<Child> sending,
      LongSupplier received) {
    while (clock.getAsLong() < baseNs && mayGoOn(receiving, sending)) {
      watcher.look(received.getAsLong(), clock.getAsLong());
      Patience.sleepMs(50);
    }
    long usedAtStart = daemon.usedNs();
    long start = System.nanoTime();
    double percent = 0;
    while (mayGoOn(receiving, sending)) {
      watcher.look(received.getAsLong(), clock.getAsLong());
      Patience.sleepMs(100);
      if (percent == 0 || clock.getAsLong() <= baseNs + lengthNs) {
        percent = 100.0 * (daemon.usedNs() - usedAtStart) / (System.nanoTime() - start);
      }
    }
    return percent;
  }

  /** Tells whether somebody still listens, and no talker or listener has failed. */
  private static boolean mayGoOn(List<Child> receiving, List<Child> sending) {
    return receiving.stream().anyMatch(Child::running)
        && receiving.stream().noneMatch(Child::failed)
        && sending.stream().noneMatch(Child::failed);
  }

  private static long sum(AtomicLongArray counts) {
    long sum = 0;
    for (int i = 0; i < counts.length(); i++) {
      sum += counts.get(i);
    }
    return sum;
  }
}
