package org.ktsn.api.filter;

import org.ktsn.api.frame.DropReason;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A filter's answer about a frame whose turn has come: it leaves unless something else is said. One
 * mutable object, owned by the planner; valid only during {@link Filter#inspect}. Planner thread
 * only.
 */
@ProviderType
public interface Leave {
  /** Returns the instant at which the frame would leave, in TAI nanoseconds. */
  long departsNs();

  /** Returns the instant beyond which nothing is held, in TAI nanoseconds. */
  long latestNs();

  /**
   * Has the frame wait: it goes back to the shaper with this instant as its launch time, unless its
   * own is later, and costs its class nothing. Frames of other pods go by meanwhile; when several
   * filters hold a frame, the latest instant counts. A frame in deadline mode whose deadline passes
   * before that is dropped as missed instead; all others leave no earlier afterwards.
   *
   * <p>An instant that is not after {@link #departsNs} only puts the frame into its order: it is
   * judged again when its turn comes. Who holds one frame ten thousand times never lets it go, and
   * is taken out.
   *
   * <p>So that no frame of a pod overtakes another, give frames that come up behind one that is
   * held an instant that is not before its.
   *
   * @param untilNs an instant in TAI nanoseconds, {@link #latestNs} at most
   */
  void hold(long untilNs);

  /** Drops the frame. */
  void drop(DropReason reason);
}
