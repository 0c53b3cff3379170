package org.ktsn.dataplane;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
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
 * of the two one wins.
 *
 * <p>All but {@link #ticket}, {@link #call}, {@link #step} and {@link #end} is for the life's own
 * thread.
 */
final class Life {
  private static final VarHandle TICKET;
  private static final VarHandle CALL;
  private static final VarHandle STEP;
  private static final VarHandle OUTER;
  private static final long OVER = Long.MIN_VALUE;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      TICKET = lookup.findVarHandle(Life.class, "ticket", long.class);
      CALL = lookup.findVarHandle(Life.class, "call", long.class);
      STEP = lookup.findVarHandle(Life.class, "step", Guard.class);
      OUTER = lookup.findVarHandle(Life.class, "outer", Guard.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

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

  @SuppressWarnings("UnusedVariable") // through its handle
  private long ticket;

  private long way;
  private boolean over;

  /** The number of the outermost way out: odd while the planner is on it. */
  private long call;

  @SuppressWarnings("UnusedVariable") // through its handle
  private Guard<?> outer;

  @SuppressWarnings("UnusedVariable") // through its handle
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
      OUTER.setOpaque(this, into);
      CALL.setOpaque(this, call + 1);
    }
    STEP.setOpaque(this, into);
    TICKET.setRelease(this, ++way);
  }

  /** Comes back from a step's code; throws {@link Ended} if another thread plans now. */
  void in() {
    comeIn();
    if (--depth == 0) {
      CALL.setOpaque(this, call + 1);
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
      STEP.setOpaque(this, toStep);
      TICKET.setRelease(this, ++way);
    }
  }

  private void comeIn() {
    if (over || !TICKET.compareAndSet(this, way, way + 1)) {
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
    return (long) TICKET.getAcquire(this);
  }

  /** Returns the number of the outermost way: odd while the planner has not come back from it. */
  long call() {
    return (long) CALL.getOpaque(this);
  }

  /** Returns which step's code the planner was in last. */
  Guard<?> step() {
    return (Guard<?>) STEP.getOpaque(this);
  }

  /** Returns through which step the planner went out first. */
  Guard<?> outer() {
    return (Guard<?>) OUTER.getOpaque(this);
  }

  /**
   * Ends the life, if the planner is still on the way with this odd ticket; all that it wrote
   * before is seen by the caller.
   */
  boolean end(long atTicket) {
    return TICKET.compareAndSet(this, atTicket, OVER);
  }
}
