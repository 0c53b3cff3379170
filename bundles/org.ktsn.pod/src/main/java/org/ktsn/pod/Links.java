package org.ktsn.pod;

import java.nio.file.Path;
import java.util.List;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.api.pod.PodAssignment;
import org.ktsn.foreign.ForeignException;

/**
 * The kernel's network interfaces, as far as pods need them. Namespaces are given by their files.
 * Any thread.
 */
interface Links {
  /** One end of a veth pair. */
  record End(Path namespace, String name) {}

  /**
   * Makes a veth pair. The first end is up afterwards.
   *
   * @param mac the second end's address
   * @param mtuOctets both ends' MTU
   * @throws ForeignException if the kernel refuses; nothing is made then
   */
  void addPair(End first, End second, MacAddress mac, int mtuOctets);

  /**
   * Sets an interface up: addresses with prefix length, routes, no transmit checksum offload. The
   * loopback interface of its namespace is up afterwards, too. A route is passed over where the
   * kernel has one of its destination, table and metric already: the first one wins, as for the
   * reference plugins.
   *
   * @return the routes that were made
   * @throws ForeignException if the kernel refuses anything
   */
  List<PodAssignment.Route> setUp(
      End end, List<String> addresses, List<PodAssignment.Route> routes);

  /**
   * Sets an interface up that somebody may have set down; nothing else of it changes.
   *
   * @throws ForeignException if the kernel refuses
   */
  void raise(End end);

  /**
   * Removes an interface, and the other end of its pair with it.
   *
   * @return false if there is none
   * @throws ForeignException if the kernel refuses
   */
  boolean remove(End end);
}
