package org.ktsn.api.shaper;

import org.ktsn.api.frame.Verdict;
import org.ktsn.api.schedule.GateSchedule;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * One port's scheduling strategy at work: a pure function of frames, schedule and time.
 *
 * <p>A shaper reads no clock, does no I/O, never blocks and allocates nothing once it is made. All
 * times are given to it, in TAI nanoseconds. Frames belong to the data plane: a shaper holds their
 * numbers and asks {@link org.ktsn.api.frame.Frames} for the rest. Planner thread only.
 *
 * <p>The planner's turn is {@link #enqueue} for what arrived, then {@link #next} and {@link #take}
 * until the next departure lies beyond the launch horizon.
 */
@ConsumerType
public interface Shaper {
  /** The value of {@code endNs} in {@link #next} when the link is free for ever. */
  long NEVER = Long.MAX_VALUE;

  /**
   * Queues a frame in its traffic class. Those that are due when the link is free leave in turns, a
   * frame of each pod, and those of one pod by launch time and, for equal launch times, by arrival:
   * the order of {@link LaunchQueue}.
   *
   * @return {@link Verdict#ACCEPTED}, or the reason for which the frame is refused
   */
  Verdict enqueue(int frame);

  /**
   * Finds the next departure without taking it.
   *
   * <p>The link is free from {@code startNs} on, and until {@code endNs}: the frame must start at
   * {@code startNs} or later and its last octet must leave at {@code endNs} or earlier. Frames
   * committed earlier stand behind {@code endNs}. So that a frame never overtakes one of its own
   * class, of class {@code c} only frames whose launch time lies before {@code overtakeLimitNs[c]}
   * may be given here.
   *
   * @param startNs the earliest start
   * @param endNs the latest end, or {@link #NEVER}
   * @param overtakeLimitNs eight values, {@link #NEVER} where there is no limit
   * @param out filled in if there is a departure, or a frame that must be dropped
   * @return whether {@code out} was filled in
   */
  boolean next(long startNs, long endNs, long[] overtakeLimitNs, Departure out);

  /**
   * Takes the departure that the last {@link #next} found; its frame is the launcher's now.
   *
   * <p>If the verdict is not {@link Verdict#ACCEPTED}, the frame is not sent, and takes nothing of
   * the link and of its class's credit: the shaper wants it dropped, or the data plane has set the
   * verdict meanwhile, to a drop (its pod is gone) or to {@link Verdict#HOLD} (its pod has to wait
   * longer: the frame comes back by {@link #enqueue}, with a later launch time).
   */
  void take(Departure departure);

  /**
   * Gives back a frame that was taken but not sent by its last instant, because the machine
   * stalled; or offers one for the first time that was sent in time and read too late, for the same
   * reason.
   *
   * @return {@link Verdict#ACCEPTED} if it is queued anew for a later window, or the reason why it
   *     is dropped
   */
  Verdict missed(int frame, long nowNs);

  /**
   * Takes up a schedule. Frames already taken stay as they are; queued ones are planned by the new
   * one.
   *
   * @param schedule the running schedule and, perhaps, a pending one with its instant
   */
  void schedule(GateSchedule schedule);

  /** Returns how many frames are queued. */
  int queued();

  /** Returns how many frames are queued in one traffic class. */
  int queued(int trafficClass);
}
