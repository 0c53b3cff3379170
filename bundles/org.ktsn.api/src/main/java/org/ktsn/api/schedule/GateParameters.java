package org.ktsn.api.schedule;

import java.util.List;

/**
 * The administrative parameters of a port's gates ({@code gate-parameter-table}, IEEE 802.1Q-2022
 * 12.29.1): what a controller asks for. Immutable.
 *
 * @param gateEnabled whether the schedule runs; if not, {@code adminGateStates} are in force
 * @param adminGateStates the gates while no list runs, one bit per class, bit 7 for class 7
 * @param controlList the gate control list; at most {@link #MAX_ENTRIES}, or {@link
 *     #MAX_ENTRIES_NARROWED} in what {@link GuardBands} return
 * @param cycleTime the cycle
 * @param cycleTimeExtensionNs by how much the last cycle before a change may be stretched, in
 *     nanoseconds
 * @param baseTimeNs the instant of a cycle's start, in TAI nanoseconds, 0 or later
 * @param queueMaxSdu the largest service data unit of each class in octets, eight values up to
 *     {@link #MAX_SDU}; 0 for the MAC's maximum
 */
public record GateParameters(
    boolean gateEnabled,
    int adminGateStates,
    List<GateControlEntry> controlList,
    CycleTime cycleTime,
    long cycleTimeExtensionNs,
    long baseTimeNs,
    List<Integer> queueMaxSdu) {
  /** The longest gate control list ({@code SupportedListMax}). */
  public static final int MAX_ENTRIES = 1024;

  /**
   * The longest list that {@link GuardBands} make of a supported one: each entry's beginning moves
   * to both sides, and an interval may be too long for one entry. Nobody may ask a port for more
   * than {@link #MAX_ENTRIES}.
   */
  public static final int MAX_ENTRIES_NARROWED = 2 * MAX_ENTRIES + 4;

  /** The largest {@code queueMaxSDU} in octets. */
  public static final int MAX_SDU = 65_535;

  /** Every gate open. */
  public static final int ALL_OPEN = 0xff;

  private static final List<Integer> NO_MAX_SDU = List.of(0, 0, 0, 0, 0, 0, 0, 0);

  /** Copies the lists and checks the ranges. */
  public GateParameters {
    controlList = List.copyOf(controlList);
    queueMaxSdu = List.copyOf(queueMaxSdu);
    if (adminGateStates < 0 || adminGateStates > 0xff) {
      throw new IllegalArgumentException(
          "admin gate states " + adminGateStates + " are not in 0..255");
    }
    if (controlList.size() > MAX_ENTRIES_NARROWED) {
      throw new IllegalArgumentException(
          "the gate control list has "
              + controlList.size()
              + " entries; "
              + MAX_ENTRIES
              + " are supported");
    }
    if (cycleTimeExtensionNs < 0 || cycleTimeExtensionNs > 0xffff_ffffL) {
      throw new IllegalArgumentException(
          "cycle time extension " + cycleTimeExtensionNs + " ns is not in 0.." + 0xffff_ffffL);
    }
    if (baseTimeNs < 0) {
      throw new IllegalArgumentException("base time " + baseTimeNs + " ns lies before 1970");
    }
    if (queueMaxSdu.size() != 8) {
      throw new IllegalArgumentException(
          "queueMaxSDU has " + queueMaxSdu.size() + " values; give 8");
    }
    for (int octets : queueMaxSdu) {
      if (octets < 0 || octets > MAX_SDU) {
        throw new IllegalArgumentException(
            "queueMaxSDU " + octets + " octets is not in 0.." + MAX_SDU);
      }
    }
  }

  /**
   * Every gate open, all the time, without a list: what is in force before anyone asks for a
   * schedule.
   */
  public static GateParameters open() {
    return new GateParameters(
        false, ALL_OPEN, List.of(), CycleTime.ofNanoseconds(1_000_000), 0, 0, NO_MAX_SDU);
  }

  /**
   * A running list with every gate open before it starts, no extension and no limit on the size of
   * frames.
   */
  public static GateParameters of(
      long baseTimeNs, CycleTime cycleTime, List<GateControlEntry> controlList) {
    return new GateParameters(true, ALL_OPEN, controlList, cycleTime, 0, baseTimeNs, NO_MAX_SDU);
  }
}
