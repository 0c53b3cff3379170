package org.ktsn.api.filter;

import org.ktsn.api.frame.DropReason;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A filter's answer about a frame on its way in: it passes unless something else is said. One
 * mutable object, owned by the planner; valid only during {@link Filter#admit}. Planner thread
 * only.
 */
@ProviderType
public interface Admission {
  /** Drops the frame; no filter behind is asked, and all before hear of it. */
  void drop(DropReason reason);

  /**
   * Has the frame queue as one of another priority does, by the port's Traffic Class Table (IEEE
   * 802.1Q-2022 8.6.6): the internal priority value of a stream gate, for instance (8.6.5.4). The
   * frame's octets and its {@link FrameView#priority} stay as they are; the filters behind see the
   * new class.
   *
   * @param priority 0 to 7
   */
  void internalPriority(int priority);
}
