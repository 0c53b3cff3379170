package org.ktsn.api.pod;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What to attach.
 *
 * @param name the pod's name
 * @param networkNamespace an existing network namespace; empty: one is made, and removed with the
 *     pod
 * @param interfaceName the interface's name inside, 1 to 15 characters
 * @param address an address of the overlay with prefix length, or one of each family with a comma
 *     between; what is left out: the assignment's, or the next free one of the overlay
 * @param mac the interface's address; empty: one is derived
 * @param assignment what others have decided
 */
public record PodRequest(
    String name,
    Optional<Path> networkNamespace,
    String interfaceName,
    Optional<String> address,
    Optional<MacAddress> mac,
    PodAssignment assignment) {
  /** The usual name of the time-sensitive interface inside a pod. */
  public static final String DEFAULT_INTERFACE = "tsn0";

  /** A pod about which nobody else has decided anything. */
  public PodRequest(
      String name,
      Optional<Path> networkNamespace,
      String interfaceName,
      Optional<String> address,
      Optional<MacAddress> mac) {
    this(name, networkNamespace, interfaceName, address, mac, PodAssignment.NONE);
  }

  /** A pod by hand: its own namespace, the usual interface name, the next free address. */
  public static PodRequest named(String name) {
    return new PodRequest(
        name, Optional.empty(), DEFAULT_INTERFACE, Optional.empty(), Optional.empty());
  }
}
