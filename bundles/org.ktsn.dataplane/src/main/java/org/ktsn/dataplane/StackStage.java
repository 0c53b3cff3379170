package org.ktsn.dataplane;

import java.util.function.BooleanSupplier;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.stack.Datagram;
import org.ktsn.api.stack.EncodedFrame;
import org.ktsn.api.stack.NetworkStack;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stack's place in the data plane, behind a {@link Guard}. A stack that fails is taken out;
 * datagrams wait in their rings, and frames for their next hop, until another one comes. Planner
 * thread only, but for {@link #slot}.
 */
final class StackStage {
  private static final Logger LOG = LoggerFactory.getLogger(StackStage.class);

  private final StageSlot<NetworkStack> slot;
  private final Guard<NetworkStack> guard;
  private final int roomOctets;

  /**
   * Makes a stage without a stack.
   *
   * @param roomOctets how many octets a packet buffer has
   */
  StackStage(Lives lives, int roomOctets, Runnable wakePlanner, BooleanSupplier plannerRuns) {
    this.roomOctets = roomOctets;
    slot = new StageSlot<>(NoStages.STACK, wakePlanner, plannerRuns);
    guard = new Guard<>("stack", lives, NoStages.STACK, "none", this::failed);
  }

  /** Where stacks are offered. */
  StageSlot<NetworkStack> slot() {
    return slot;
  }

  /** Tells whether there is none. */
  boolean isEmpty() {
    return slot.inUse() == slot.none();
  }

  /** Takes up what is offered; returns how much was done. */
  int begin() {
    if (!slot.changed()) {
      return 0;
    }
    NetworkStack next = slot.offered();
    guard.guard(next, IngressStage.className(next));
    slot.use(next);
    return 1;
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

  private void failed(NetworkStack failed, Throwable why) {
    LOG.error(
        "event=stack-failed stack={} action=wait-for-another", IngressStage.className(failed), why);
    guard.guard(slot.none(), "none");
    slot.replaceFailed(failed, slot.none());
  }
}
