package org.ktsn.clock.ptp;

import java.nio.file.Path;

/**
 * One ptp4l to watch.
 *
 * @param name its name in KTSN
 * @param socket its management socket ({@code uds_address})
 * @param readOnlySocket its read-only socket ({@code uds_ro_address}, 4.0 and later); used where
 *     there is one
 * @param domainNumber its PTP domain
 * @param transportSpecific its {@code transportSpecific}: 1 for gPTP
 * @param freeRunning whether it only measures ({@code free_running 1}): its port then stays
 *     UNCALIBRATED
 * @param role what this node is meant to be
 * @param events whether it is asked to report changes of its ports, through the read-write socket
 * @param judged whether the clock's quality follows from it; otherwise it is only shown
 */
record InstanceSettings(
    String name,
    Path socket,
    Path readOnlySocket,
    int domainNumber,
    int transportSpecific,
    boolean freeRunning,
    Role role,
    boolean events,
    boolean judged) {

  /** What this node is meant to be in its domain. */
  enum Role {
    /** It follows a master; being grandmaster itself means that the master is lost. */
    SLAVE,
    /** It is the source of the network's time, or may become it. */
    ANY
  }
}
