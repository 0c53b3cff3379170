package org.ktsn.cli.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.terminal.Progress;
import org.ktsn.cli.testbed.Testbed;

/**
 * Quiet times and storms of swaps by turns while a flow runs, each quiet time as long as the storm
 * before it. The swaps are made on a thread of their own; what instants were storms is known
 * afterwards.
 */
final class SwapRounds implements Testbed.Watcher {
  private static final long SECOND = 1_000_000_000L;
  private static final long GUARD_NS = SECOND / 5;
  private static final long FIRST_QUIET_NS = 3 * SECOND;

  /** From one instant to another, in TAI nanoseconds. */
  private record Span(long fromNs, long toNs) {}

  private final Testbed testbed;
  private final Deployments deploying;
  private final int rounds;
  private final int swaps;
  private final int deployments;
  private final int everyUs;
  private final String storm;
  private final long baseNs;
  private final Progress progress;
  private final List<Span> storms = new ArrayList<>();
  private final int deployedBefore;
  private CompletableFuture<Void> work;
  private volatile String doing = "without swaps";
  private volatile boolean ended;

  SwapRounds(
      Testbed testbed,
      Deployments deploying,
      int rounds,
      int swaps,
      int deployments,
      int everyUs,
      String storm,
      long baseNs,
      Progress progress) {
    this.testbed = testbed;
    this.deploying = deploying;
    this.rounds = rounds;
    this.swaps = swaps;
    this.deployments = deployments;
    this.everyUs = everyUs;
    this.storm = storm;
    this.baseNs = baseNs;
    this.progress = progress;
    deployedBefore = deploying.done();
    work = CompletableFuture.completedFuture(null);
  }

  @Override
  public void look(long received, long nowNs) {
    if (nowNs >= baseNs && work.isDone() && !ended && storms.isEmpty()) {
      work = CompletableFuture.runAsync(this::work);
    }
    if (work.isCompletedExceptionally()) {
      mustHaveEnded();
    }
    progress.show(
        nowNs < baseNs
            ? "waiting"
            : String.format(Locale.ROOT, "%s   received %d", doing, received));
  }

  private void work() {
    long quietNs = FIRST_QUIET_NS;
    for (int round = 0; round < rounds; round++) {
      doing = "round " + (round + 1) + " of " + rounds + ", without swaps";
      sleep(quietNs);
      doing = "round " + (round + 1) + " of " + rounds + ", swapping";
      long fromNs = testbed.nowNs();
      int share = share(swaps, round);
      testbed.control().run(storm + " " + share + " " + everyUs);
      for (int i = share(deployments, round); i > 0; i--) {
        deploying.next();
      }
      if (round == rounds - 1) {
        deploying.finishRound();
      }
      Span span = new Span(fromNs, testbed.nowNs());
      synchronized (storms) {
        storms.add(span);
      }
      quietNs = span.toNs() - span.fromNs();
    }
    doing = "without swaps";
    ended = true;
  }

  private int share(int all, int round) {
    return all / rounds + (round < all % rounds ? 1 : 0);
  }

  /** Returns how many bundles were deployed. */
  int deployments() {
    return deploying.done() - deployedBefore;
  }

  /** Tells whether shapers were being swapped at an instant. */
  boolean isStorm(long instantNs) {
    return storms.stream().anyMatch(span -> span.fromNs() <= instantNs && instantNs <= span.toNs());
  }

  /** Tells whether no shaper was being swapped at an instant, nor shortly before or after it. */
  boolean isQuiet(long instantNs) {
    return storms.stream()
        .noneMatch(
            span -> span.fromNs() - GUARD_NS <= instantNs && instantNs <= span.toNs() + GUARD_NS);
  }

  /** The flow is over: the swaps must be, too. */
  void mustHaveEnded() {
    if (work.isCompletedExceptionally()) {
      try {
        work.join();
      } catch (CompletionException e) {
        throw new CommandFailure("The swaps failed: " + e.getCause().getMessage(), e);
      }
    }
    if (!ended) {
      throw new CommandFailure(
          "The frames were sent before all swaps were made: this machine is too busy. Try again.");
    }
  }

  private static void sleep(long ns) {
    try {
      Thread.sleep(ns / 1_000_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailure("Interrupted between two storms.", e);
    }
  }
}
