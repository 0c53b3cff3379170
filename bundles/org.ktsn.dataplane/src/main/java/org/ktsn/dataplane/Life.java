package org.ktsn.dataplane;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import org.ktsn.api.shaper.Departure;
import org.ktsn.api.shaper.Shaper;
import org.ktsn.api.stack.EncodedFrame;

/**
 * One life of the planner: a thread, its way in and out of others' code, and all that others' code
 * may write. When a step does not come back, {@link Lives} ends this life and begins another; what
 * the step then writes, it writes here, where nobody looks any more.
 *
 * <pre>
 *   ticket   even ──out──▶ odd ──in──▶ even        out: into a step's code; in: back
 *                           │
 *                           └──ended by the watch──▶ OVER     in fails: the thread has nothing to do
 * </pre>
 *
 * <p>Memory ordering: {@code out} releases what the planner wrote, and whoever ends the life takes
 * the ticket by compare-and-set, so that it sees it. A compare-and-set brings the planner back in:
 * of the two one wins. Which step it is, is read with the ticket. Atomic longs, and not handles of
 * fields: the first compiler makes one instruction of their methods, and calls of a handle's.
 *
 * <p>All but {@link #thread}, {@link #ticket}, {@link #call}, {@link #step}, {@link #outer} and
 * {@link #end} is for the life's own thread.
 */
final class Life {
  private static final long OVER = Long.MIN_VALUE;

  /**
   * Unwinds a thread whose life is over. No {@code Exception} and no {@code Error}, so that what
   * catches those lets it pass; and whoever catches it all the same gets it again at the next step
   * out of its code, for the life stays over.
   */
  static final class Ended extends Throwable {
    private static final long serialVersionUID = 1L;

    Ended() {
      super("another thread plans now", null, false, false);
    }
  }

  /** What a shaper fills in. */
  final Departure departure = new Departure();

  /** What a stack fills in. */
  final EncodedFrame encoded = new EncodedFrame();

  /** What a filter sees of a frame, and what it answers. */
  final ShownFrame shown;

  final AdmissionAnswer admission = new AdmissionAnswer();
  final LeaveAnswer leave = new LeaveAnswer();

  private final long[] limits = new long[8];
  private final Thread thread = Thread.currentThread();
  private final int nativeId;

  private final AtomicLong ticket = new AtomicLong();
  private long way;
  private boolean over;

  /** The number of the outermost way out: odd while the planner is on it. */
  private final AtomicLong call = new AtomicLong();

  private Guard<?> outer;
  private Guard<?> step;

  private int depth;

  /**
   * Begins a life of the calling thread.
   *
   * @param nativeId the thread's number, as the system counts threads
   * @param frames what filters see of
   */
  Life(int nativeId, FrameTable frames) {
    this.nativeId = nativeId;
    shown = new ShownFrame(frames);
  }

  Thread thread() {
    return thread;
  }

  int nativeId() {
    return nativeId;
  }

  /** Tells whether another thread plans now. */
  boolean isOver() {
    return over;
  }

  /** Returns the limits that no frame passes anywhere: others' code may have written into them. */
  long[] noLimits() {
    Arrays.fill(limits, Shaper.NEVER);
    return limits;
  }

  /** Goes into a step's code. */
  void out(Guard<?> into) {
    if (depth++ == 0) {
      outer = into;
      call.setOpaque(call.getPlain() + 1);
    }
    step = into;
    ticket.setRelease(++way);
  }

  /** Comes back from a step's code; throws {@link Ended} if another thread plans now. */
  void in() {
    comeIn();
    if (--depth == 0) {
      call.setOpaque(call.getPlain() + 1);
    }
  }

  /** A step calls the planner back: its code is left for a moment. */
  void calledBack() {
    if (Thread.currentThread() != thread) {
      throw new IllegalStateException(
          "the planner was called back by thread '" + Thread.currentThread().getName() + "'");
    }
    comeIn();
  }

  /** The planner has answered a step: its code goes on. */
  void answered(Guard<?> toStep) {
    if (!over) {
      step = toStep;
      ticket.setRelease(++way);
    }
  }

  private void comeIn() {
    if (over || !ticket.compareAndSet(way, way + 1)) {
      over = true;
      throw Life.<RuntimeException>unwinding(new Ended());
    }
    way++;
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // the compiler need not know
  private static <E extends Throwable> RuntimeException unwinding(Throwable ended) throws E {
    throw (E) ended;
  }

  // ---- for the watch ----

  /** Returns the number of the last way between planner and steps: odd while it is out there. */
  long ticket() {
    return ticket.getAcquire();
  }

  /** Returns the number of the outermost way: odd while the planner has not come back from it. */
  long call() {
    return call.getOpaque();
  }

  /** Returns which step's code the planner was in last. */
  Guard<?> step() {
    return step;
  }

  /** Returns through which step the planner went out first. */
  Guard<?> outer() {
    return outer;
  }

  /**
   * Ends the life, if the planner is still on the way with this odd ticket; all that it wrote
   * before is seen by the caller.
   */
  boolean end(long atTicket) {
    return ticket.compareAndSet(atTicket, OVER);
  }
}
