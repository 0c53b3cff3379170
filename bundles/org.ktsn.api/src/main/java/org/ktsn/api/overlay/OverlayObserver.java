package org.ktsn.api.overlay;

import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Learns of the overlay (whiteboard): register it as a service. On registration it is told what is
 * in force, then of each change, as a whole. Calls come from one control thread at a time, never
 * from the planner, and must not wait for the network.
 */
@ConsumerType
@FunctionalInterface
public interface OverlayObserver {
  /**
   * Called with what is in force from now on.
   *
   * @param network empty: the pods' network ends at this node
   */
  void overlayChanged(Optional<OverlayNetwork> network);
}
