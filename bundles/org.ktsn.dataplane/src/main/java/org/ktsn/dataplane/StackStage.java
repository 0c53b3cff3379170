package org.ktsn.dataplane;

import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.stack.AddressFamily;
import org.ktsn.api.stack.Datagram;
import org.ktsn.api.stack.EncodedFrame;
import org.ktsn.api.stack.NetworkStack;

/**
 * The place of one family's stack in the data plane, behind a {@link Guard}; {@link StackStages}
 * has them all. Planner thread only, but for {@link #slot}.
 */
final class StackStage {
  /** For so long datagrams wait for the successor of a stack that was withdrawn. */
  static final long PATIENCE_NS = 1_000_000_000;

  private final AddressFamily family;
  private final LongSupplier monotonic;
  private final StageSlot<NetworkStack> slot;
  private final Guard<NetworkStack> guard;
  private final int roomOctets;
  private boolean withdrawn;
  private long withdrawnNs;

  /**
   * Makes a stage without a stack.
   *
   * @param monotonic a clock in nanoseconds that nobody sets
   * @param roomOctets how many octets a packet buffer has
   * @param failed takes a stack that fails out of the way
   */
  StackStage(
      AddressFamily family,
      Lives lives,
      LongSupplier monotonic,
      int roomOctets,
      Runnable wakePlanner,
      BooleanSupplier plannerRuns,
      Guard.StandIn<NetworkStack> failed) {
    this.family = family;
    this.monotonic = monotonic;
    this.roomOctets = roomOctets;
    slot = new StageSlot<>(NoStages.STACK, wakePlanner, plannerRuns);
    guard = new Guard<>(family + " stack", lives, NoStages.STACK, "none", failed);
  }

  /** Where stacks are offered. */
  StageSlot<NetworkStack> slot() {
    return slot;
  }

  /**
   * Tells whether datagrams wait in their rings until a stack comes: those of IPv4 do, which
   * programs hand over because KTSNd serves it; others for a moment, while their stack is updated.
   * What nobody serves is dropped, so that what lies behind it is taken.
   */
  boolean isAwaited() {
    return slot.inUse() == slot.none() && (family == AddressFamily.INET || isBeingUpdated());
  }

  private boolean isBeingUpdated() {
    withdrawn = withdrawn && monotonic.getAsLong() - withdrawnNs < PATIENCE_NS;
    return withdrawn;
  }

  /** Takes up what is offered; returns how much was done. */
  int begin() {
    if (!slot.changed()) {
      return 0;
    }
    NetworkStack next = slot.offered();
    guard.guard(next, IngressStage.className(next));
    slot.use(next);
    withdrawn = next == slot.none();
    withdrawnNs = monotonic.getAsLong();
    return 1;
  }

  /** Asks a stack for nothing more, if it is at work here or about to be. */
  void takeOut(NetworkStack failed) {
    if (guard.step() == failed) {
      guard.guard(slot.none(), "none");
      slot.replaceFailed(failed, slot.none());
      withdrawn = false;
    } else {
      slot.refuse(failed);
    }
  }

  /** Has a datagram written as a frame; what fails at that is dropped. */
  Verdict encode(Datagram datagram, long address) {
    Life life = guard.out();
    Verdict verdict;
    try {
      verdict = guard.step().encode(datagram, address, roomOctets, life.encoded);
    } catch (Throwable e) {
      guard.threw(life, e);
      return Verdict.NO_ROUTE;
    }
    life.in();
    EncodedFrame made = life.encoded;
    if (verdict == null) {
      guard.failed(new IllegalStateException("its verdict on a datagram is null"));
      return Verdict.NO_ROUTE;
    }
    if (!verdict.isDrop()
        && (made.lengthOctets < made.headerOctets
            || made.headerOctets < 0
            || made.lengthOctets > roomOctets
            || made.pcp < 0
            || made.pcp > 7)) {
      guard.failed(
          new IllegalStateException(
              ("it made a frame of %d octets with a header of %d and priority %d; the room is %d,"
                      + " and priorities end with 7")
                  .formatted(made.lengthOctets, made.headerOctets, made.pcp, roomOctets)));
      return Verdict.NO_ROUTE;
    }
    return verdict;
  }

  /** Has the next hop of a frame written, if it is known by now. */
  Verdict complete(int pod, long address, int lengthOctets) {
    Life life = guard.out();
    Verdict verdict;
    try {
      verdict = guard.step().complete(pod, address, lengthOctets);
    } catch (Throwable e) {
      guard.threw(life, e);
      return Verdict.HOLD;
    }
    life.in();
    if (verdict == null) {
      guard.failed(new IllegalStateException("its verdict on a frame is null"));
      return Verdict.HOLD;
    }
    return verdict;
  }
}
