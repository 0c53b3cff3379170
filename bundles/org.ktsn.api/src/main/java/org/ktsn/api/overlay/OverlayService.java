package org.ktsn.api.overlay;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Says what the overlay is like, and changes it. Any thread but the planner's; none but those that
 * change it waits, for the disk.
 */
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

  /**
   * Has a network of pods from now on: checks a description of it, as a file {@code etc/*.overlay}
   * has it, and writes that file.
   *
   * @param name the network's name
   * @return the file
   * @throws IllegalArgumentException if that can't be; the message says why, with the remedy, and
   *     nothing is written
   * @throws IllegalStateException if it can't be written
   */
  Path add(String name, String description);

  /**
   * Has a network no more: removes what {@link #add} wrote, or somebody else in its place.
   *
   * @return the file
   * @throws IllegalArgumentException if there is none of this name
   * @throws IllegalStateException if it can't be removed
   */
  Path remove(String name);
}
