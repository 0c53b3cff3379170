package org.ktsn.filter.psfp.model;

import java.util.List;
import org.ktsn.api.schedule.CycleTime;

/**
 * A stream gate's administrative parameters (IEEE 802.1Q-2022 8.6.10, 12.31.3).
 *
 * @param gateEnable whether the list runs; if not, the admin values are in force
 * @param adminOpen the state while no list runs
 * @param adminIpv the internal priority value while no list runs, 0 to 7, or {@link #NO_IPV}
 * @param controlList the stream gate control list, {@link #MAX_ENTRIES} at most
 * @param cycleTime the cycle
 * @param cycleTimeExtensionNs by how much the last cycle before a change may be stretched, in
 *     nanoseconds, 0 to 2<sup>32</sup> - 1
 * @param baseTimeNs the instant of a cycle's start, in TAI nanoseconds, 0 or later
 */
public record GateControl(
    boolean gateEnable,
    boolean adminOpen,
    int adminIpv,
    List<Entry> controlList,
    CycleTime cycleTime,
    long cycleTimeExtensionNs,
    long baseTimeNs) {
  /** The longest list ({@code supported-list-max}). */
  public static final int MAX_ENTRIES = 255;

  /** The null value of an IPV: the frame's own priority counts. */
  public static final int NO_IPV = -1;

  /** The {@link Entry#octetMax} of an interval through which any number of octets passes. */
  public static final long NO_OCTET_MAX = -1;

  /**
   * One operation, {@code set-gate-and-ipv}.
   *
   * @param open the gate's state
   * @param ipv the internal priority value, 0 to 7, or {@link #NO_IPV}
   * @param timeIntervalNs how long it lasts, 0 to 2<sup>32</sup> - 1 nanoseconds
   * @param octetMax how many octets of service data units may pass meanwhile, or {@link
   *     #NO_OCTET_MAX}
   */
  public record Entry(boolean open, int ipv, long timeIntervalNs, long octetMax) {}

  /** Copies the list. */
  public GateControl {
    controlList = List.copyOf(controlList);
  }

  /** A gate that is always in one state. */
  public static GateControl constant(boolean open, int ipv) {
    return new GateControl(false, open, ipv, List.of(), CycleTime.ofNanoseconds(1_000_000), 0, 0);
  }
}
