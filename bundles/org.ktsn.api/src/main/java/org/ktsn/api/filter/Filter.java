package org.ktsn.api.filter;

import java.util.List;
import org.ktsn.api.frame.DropReason;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.GateSchedule;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * One function on the frames' way: polices, meters, holds, or only looks.
 *
 * <pre>
 *               ┌────────────────────────────── held ◀─────────┐
 *               ▼                                              │
 *   admit ─▶ (shaper) ─▶ inspect ─▶ leaves ─▶ (launcher) ─▶ sent
 *     │         ▲            │         │                 └▶ dropped
 *     ▼         │            ▼         │ missed its instant, or called back
 *   dropped     │         dropped      │
 *               └────── returned ◀─────┘
 * </pre>
 *
 * <p>Whoever was told of a frame by {@link #admit} or {@link #waits} is told of its end, once, by
 * {@link #sent} or {@link #dropped}, whoever drops it; a filter that drops a frame in {@link
 * #admit} itself is not. Frames that wait when a filter goes are not told about to it any more;
 * they go on.
 *
 * <p>A filter that has nothing to do with some pods says so by {@link #heeds}: their frames cost it
 * nothing. It is decided for each frame when the filter would be told of it first, and holds until
 * the frame's end, whatever becomes of its pod meanwhile: nobody is told of the end of a frame
 * whose beginning was kept from it.
 *
 * <p>A filter reads no clock, does no I/O, never blocks and allocates nothing once it is made, but
 * in {@link #opened}, {@link #heeds}, {@link #schedule} and {@link #status}. All instants are given
 * to it, in TAI nanoseconds. Planner thread only, but for {@link #close}.
 *
 * <p>Somebody else's code stands behind a guard: a filter that throws, that does not come back
 * within {@code shaper.patience.ms}, or whose answers can't be (a class of 9, a hold that never
 * ends) is taken out of the line on the spot, with one sentence in the log and in {@code
 * ktsn:filters}. The frames go on without it.
 */
@ConsumerType
public interface Filter {
  /**
   * Admits a frame: it is complete, and is about to be given to the shaper. What a filter does not
   * say otherwise passes.
   *
   * @param frame the frame
   * @param nowNs the present instant
   * @param answer a drop, or another class
   */
  default void admit(FrameView frame, long nowNs, Admission answer) {}

  /**
   * Learns of a frame that came before the filter did and has not left; in the order of arrival,
   * before anything else is asked.
   *
   * @param frame the frame
   * @param nowNs the present instant
   */
  default void waits(FrameView frame, long nowNs) {}

  /**
   * Judges a frame whose turn has come. Nothing may be charged here: the next filter may hold it,
   * or an earlier frame may come first, and the same frame is judged again.
   *
   * @param frame the frame
   * @param nowNs the present instant
   * @param answer when it would leave; a hold, or a drop
   */
  default void inspect(FrameView frame, long nowNs, Leave answer) {}

  /**
   * Learns that a frame is held because the filter asked for it in {@link #inspect} just now.
   *
   * @param frame the frame
   * @param untilNs until when: what the filter asked for, or later
   */
  default void held(FrameView frame, long untilNs) {}

  /**
   * Learns that a frame leaves: every filter let it go, and the launcher gets it. Charge it here.
   *
   * @param frame the frame
   * @param departsNs the planned instant
   */
  default void leaves(FrameView frame, long departsNs) {}

  /**
   * Learns that a frame which was to leave has not, and waits again: the machine stalled past its
   * last instant, or everything was called back for another port. {@link #inspect} and {@link
   * #leaves} follow once more.
   *
   * @param frame the frame
   * @param nowNs the present instant
   */
  default void returned(FrameView frame, long nowNs) {}

  /**
   * Learns that a frame was sent. Its octets can't be read any more.
   *
   * @param frame the frame
   * @param actualNs when it was handed to the device
   */
  default void sent(FrameView frame, long actualNs) {}

  /**
   * Learns that a frame was dropped.
   *
   * @param frame the frame
   * @param reason why, for instance {@code missed} or {@code pod_gone}
   */
  default void dropped(FrameView frame, DropReason reason) {}

  /**
   * Learns of a pod: before its first frame, and at the beginning of every one that is attached.
   * The number may have been another pod's, of which frames may still wait: they are dropped as
   * {@code pod_gone} when their turn comes.
   */
  default void opened(Pod pod) {}

  /**
   * Tells whether the filter is to be asked and told about the frames of a pod: of those that come,
   * and, if it comes after them, of those that wait. Asked once for each {@link #opened}, behind
   * it; the answer stands until {@link #closed}. A filter that answers otherwise for another
   * reason, its configuration for instance, is offered anew, or heeds the pod all along.
   *
   * <p>A filter that leaves this method as it is heeds every frame. One that has its own is not
   * told of frames that wait and whose pod is gone when it comes.
   *
   * @param pod as in {@link #opened}
   */
  default boolean heeds(Pod pod) {
    return true;
  }

  /**
   * Learns that a pod is detached.
   *
   * @param pod its number
   */
  default void closed(int pod) {}

  /** Learns of the schedule that frames are planned by from now on. May allocate. */
  default void schedule(GateSchedule schedule) {}

  /** Learns of the link that frames are planned for from now on. */
  default void link(PortModel link) {}

  /**
   * Learns that the clock was set: instants from before mean nothing any more, so that nothing is
   * owed and nothing saved up.
   *
   * @param nowNs the present instant, by the new time
   */
  default void clockSet(long nowNs) {}

  /**
   * Returns what people and programs may know of it, for {@code ktsn:filters}; empty if that is
   * nothing. May allocate; not on a frame's way.
   *
   * @param nowNs the present instant
   */
  default List<StatusTable> status(long nowNs) {
    return List.of();
  }

  /**
   * The planner has left the filter, and nothing is asked of it any more. A control thread; may
   * wait.
   */
  default void close() {}
}
