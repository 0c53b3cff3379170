package org.ktsn.ingress;

import java.util.concurrent.atomic.AtomicLong;
import org.ktsn.api.ingress.DatagramSink;
import org.ktsn.api.ingress.Ingress;
import org.ktsn.api.ingress.Report;
import org.ktsn.foreign.NativeMemory;
import org.ktsn.foreign.Poller;

/**
 * The rings' consuming end: lets the planner take datagrams pod by pod in turn, and says to
 * programs when they must ring. Planner thread only, but for what says otherwise.
 *
 * <p>The channel thread gives it the channels as an array that is replaced as a whole, and learns
 * by {@link #turns} when the planner has left an earlier one.
 */
final class RingDrain implements AutoCloseable {
  private static final int PER_POD_AND_TURN = 32;

  private final Poller doorbells = Poller.open();
  private final Runnable wakeChannelThread;

  /** Written by the channel thread. */
  private volatile PodChannel[] channels = {};

  /** Counts the planner's turns; written by the planner, read by the channel thread. */
  private final AtomicLong turns = new AtomicLong();

  private int first;
  private boolean announced;
  private final int[] rang = new int[64];

  /**
   * Makes one without channels.
   *
   * @param wakeChannelThread called when there is something for the channel thread to see
   */
  RingDrain(Runnable wakeChannelThread) {
    this.wakeChannelThread = wakeChannelThread;
  }

  // ---- the planner's side ----

  /** See {@link Ingress#poll}. */
  int poll(DatagramSink sink, int budget) {
    PodChannel[] all = channels;
    turns.setRelease(turns.getPlain() + 1); // the planner is the only writer
    if (turns.getPlain() == 1) {
      wakeChannelThread.run(); // programs may come now
    }
    if (all.length == 0) {
      return 0;
    }
    int taken = 0;
    long nowNs = System.nanoTime();
    first = first + 1 < all.length ? first + 1 : 0;
    for (int i = 0; i < all.length && taken < budget; i++) {
      int at = first + i < all.length ? first + i : first + i - all.length;
      taken += all[at].ring().poll(sink, Math.min(PER_POD_AND_TURN, budget - taken));
      all[at].tellSpace(nowNs);
    }
    return taken;
  }

  /** See {@link Ingress#report}. */
  void report(Report report) {
    for (PodChannel channel : channels) {
      if (channel.pod().number() == report.pod) {
        channel.reports().send(report);
        return;
      }
    }
  }

  /** See {@link Ingress#prepareSleep}. */
  boolean prepareSleep(long wakeAtNs, long horizonNs) {
    long before = wakeAtNs > Long.MAX_VALUE - horizonNs ? Long.MAX_VALUE : wakeAtNs + horizonNs;
    PodChannel[] all = channels;
    for (PodChannel channel : all) {
      channel.doorbellBefore(before);
    }
    announced = true;
    NativeMemory.fullFence();
    for (PodChannel channel : all) {
      if (channel.ring().hasWork()) {
        return false;
      }
      channel.tellSpaceBeforeSleep();
    }
    return all == channels;
  }

  /** See {@link Ingress#awake}. */
  void awake() {
    if (announced) {
      announced = false;
      for (PodChannel channel : channels) {
        channel.doorbellBefore(Long.MIN_VALUE);
      }
      countRings();
    }
  }

  /** Who rings without need wakes the planner no more. */
  private void countRings() {
    int count = doorbells.awaitNs(rang, 0);
    if (count == 0) {
      return;
    }
    long nowNs = System.nanoTime();
    for (PodChannel channel : channels) {
      for (int i = 0; i < count; i++) {
        if (rang[i] == channel.pod().number()
            && !channel.ring().hasWork()
            && channel.doorbellWatch().rang(nowNs)) {
          wakeChannelThread.run();
        }
      }
    }
  }

  /** Returns the descriptor that becomes readable when a pod rings. Any thread. */
  int doorbell() {
    return doorbells.descriptor();
  }

  /** Returns the channels that are drained. Any thread. */
  PodChannel[] channels() {
    return channels;
  }

  /** Has other channels drained, from the planner's next turn on. Channel thread only. */
  void drain(PodChannel[] others) {
    channels = others;
  }

  /** Returns how many turns the planner has begun. Any thread. */
  long turns() {
    return turns.get();
  }

  /** Hears a pod's doorbell. Channel thread only. */
  void listenTo(PodChannel channel) {
    doorbells.addEdge(channel.doorbell().descriptor(), channel.pod().number());
  }

  /** Hears a pod's doorbell no more. Channel thread only. */
  void ignore(PodChannel channel) {
    doorbells.remove(channel.doorbell().descriptor());
  }

  /** Gives the descriptor back; the planner has left. */
  @Override
  public void close() {
    doorbells.close();
  }
}
