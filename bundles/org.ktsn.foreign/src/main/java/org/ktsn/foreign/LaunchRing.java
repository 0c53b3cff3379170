package org.ktsn.foreign;

import org.osgi.annotation.versioning.ProviderType;

/**
 * The planner's side of a launcher: frames go in with their instants, and come back with what
 * became of them, in the order of their ends. One thread, the planner; nothing allocates.
 */
@ProviderType
public interface LaunchRing {
  /** Returns how many frames are with the launcher or wait to be collected. */
  int outstanding();

  /** Tells whether another frame can be submitted. */
  boolean hasRoom();

  /**
   * Submits a frame. There must be room. The launcher sees it with the next {@link #publish}.
   *
   * @param frame the buffer's handle
   * @param port the port's address
   * @param number the planner's number for it
   * @param queue 0 to 7: no frame overtakes one of its queue; see {@link Launcher#RETURNED}
   */
  void submit(
      long frame,
      long port,
      long instantNs,
      long notAfterNs,
      int durationNs,
      int number,
      int lengthOctets,
      int queue);

  /**
   * Shows the launcher what was submitted, and wakes it if that is due before it wakes up by
   * itself. On a processor that both share it takes over at once.
   */
  void publish();

  /**
   * Returns the earliest instant of what was submitted and not published, {@link Long#MAX_VALUE} if
   * there is nothing.
   */
  long unpublishedFromNs();

  /**
   * Tells whether the launcher has just missed a frame, or given frames back: what is submitted of
   * their queue before they are collected comes back as well.
   */
  boolean givesBack();

  /** Moves to the next completion, if there is one; its values are read by the methods below. */
  boolean collect();

  /** Returns the planner's number of the frame that was collected. */
  int number();

  /**
   * Returns what became of it: {@link Launcher#SENT}, {@link Launcher#MISSED}, {@link
   * Launcher#REFUSED} or {@link Launcher#RETURNED}.
   */
  int outcome();

  /** Tells whether it was sent and its instant was met by spinning, not by a timer. */
  boolean spun();

  /** Returns the instant at which it was handed to the device, or found too late. */
  long actualNs();

  /**
   * Says which thread plans, as {@link NativeThread#id} numbers it: on a processor that both share,
   * its work is taken off what the launcher may spin.
   */
  void plannedBy(int threadId);

  /** Asks for everything that waits to be given back; the launcher goes on afterwards. */
  void returnAll();
}
