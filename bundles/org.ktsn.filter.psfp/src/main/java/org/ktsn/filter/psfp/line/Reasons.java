package org.ktsn.filter.psfp.line;

import org.ktsn.api.frame.DropReason;

/** Why policing drops a frame. */
public final class Reasons {
  /** The maximum SDU size filter (IEEE 802.1Q-2022 8.6.5.3.1). */
  public static final DropReason OVERSIZE =
      DropReason.of(
          "psfp_oversize",
          "larger than its stream filter allows",
          "send smaller frames, or raise max-sdu-size");

  /** {@code StreamBlockedDueToOversizeFrame}. */
  public static final DropReason BLOCKED =
      DropReason.of(
          "psfp_blocked",
          "its stream is blocked, for a frame before was larger than its stream filter allows",
          "mend the program, then set stream-blocked-due-to-oversize-frame to false");

  /** The stream gate is closed (8.6.5.4). */
  public static final DropReason GATE_CLOSED =
      DropReason.of(
          "psfp_gate_closed",
          "its stream gate was closed at the instant at which it would have left",
          "send in the stream's own time, or mend the gate's list");

  /** {@code GateClosedDueToInvalidRx}. */
  public static final DropReason INVALID_RX =
      DropReason.of(
          "psfp_invalid_rx",
          "its stream gate stays closed, for a frame before came while it was closed",
          "mend the program, then set gate-closed-due-to-invalid-rx to false");

  /** {@code IntervalOctetMax}. */
  public static final DropReason INTERVAL_OCTETS =
      DropReason.of(
          "psfp_interval_octets",
          "more than its stream gate lets through in one interval",
          "send less, or raise interval-octet-max");

  /** {@code GateClosedDueToOctetsExceeded}. */
  public static final DropReason OCTETS_EXCEEDED =
      DropReason.of(
          "psfp_octets_exceeded",
          "its stream gate stays closed, for frames before were more than an interval allows",
          "mend the program, then set gate-closed-due-octets-exceeded to false");

  /** The flow meter says red (8.6.5.5). */
  public static final DropReason RED =
      DropReason.of(
          "psfp_red",
          "its stream sends more than its flow meter allows",
          "send less, or raise the meter's rates and bursts");

  /** The flow meter says yellow, and {@code DropOnYellow} is set. */
  public static final DropReason YELLOW =
      DropReason.of(
          "psfp_yellow",
          "its stream sends more than its flow meter commits to, and drop-on-yellow is set",
          "send less, or raise the meter's committed rate and burst");

  /** {@code MarkAllFramesRed}. */
  public static final DropReason ALL_RED =
      DropReason.of(
          "psfp_all_red",
          "its flow meter marks all frames red, for it dropped one before",
          "mend the program, then set mark-all-frames-red to false");

  private Reasons() {}
}
