package org.ktsn.api.overlay;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/** Says what the overlay is like. Any thread but the planner's; no call waits. */
@ProviderType
public interface OverlayService {
  /** Returns the pods' network beyond this node; empty if pods are on this node only. */
  Optional<OverlayNetwork> network();

  /**
   * Returns what of what others say is not in force, a sentence each: who claims whose address, or
   * what can't be read.
   */
  List<String> refusals();

  /** Returns what is known of the nodes that announced themselves; a file says of the others. */
  default Map<String, OverlayAnnouncements.State> announced() {
    return Map.of();
  }
}
