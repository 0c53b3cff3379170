package org.ktsn.api.schedule;

import org.osgi.annotation.versioning.ProviderType;

/**
 * Reads and writes schedules as data: the JSON (RFC 7951) of the YANG model of IEEE 802.1Qcw-2023,
 * and the short form for people. Any thread.
 */
@ProviderType
public interface ScheduleCodec {
  /**
   * Reads a schedule, in JSON or in the short form ({@code T 200us 7; B 800us 0-6}).
   *
   * @param text the whole document
   * @param trafficClasses how many classes the port has, 1 to 8
   * @throws ScheduleException with every problem found
   */
  GateParameters decode(String text, int trafficClasses);

  /** Writes parameters as JSON that {@link #decode} reads back to the same. */
  String encode(GateParameters parameters, String interfaceName);
}
