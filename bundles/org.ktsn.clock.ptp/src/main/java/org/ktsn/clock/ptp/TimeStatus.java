package org.ktsn.clock.ptp;

import java.nio.ByteBuffer;

/**
 * TIME_STATUS_NP, linuxptp's own.
 *
 * <pre>
 *  0 master_offset  s64 (ns)               24 gmTimeBaseIndicator  u16
 *  8 ingress_time  s64 (ns)                26 lastGmPhaseChange  12: u16, u64, u16
 * 16 cumulativeScaledRateOffset  s32       38 gmPresent  s32 (0 on the grandmaster itself)
 * 20 scaledLastGmPhaseChange  s32          42 gmIdentity  8
 * </pre>
 */
record TimeStatus(
    long masterOffsetNs,
    long ingressTimeNs,
    int cumulativeScaledRateOffset,
    int scaledLastGmPhaseChange,
    int gmTimeBaseIndicator,
    int lastGmPhaseChangeHigh,
    long lastGmPhaseChangeLow,
    int lastGmPhaseChangeFraction,
    int gmPresent,
    long gmIdentity)
    implements DataSet {
  static TimeStatus decode(ByteBuffer in) {
    long offset = in.getLong();
    long ingress = in.getLong();
    int rate = in.getInt();
    int scaledPhase = in.getInt();
    int indicator = Octets.u16(in);
    int high = Octets.u16(in);
    long low = in.getLong();
    int fraction = Octets.u16(in);
    int present = in.getInt();
    return new TimeStatus(
        offset, ingress, rate, scaledPhase, indicator, high, low, fraction, present, in.getLong());
  }

  @Override
  public ManagementId id() {
    return ManagementId.TIME_STATUS_NP;
  }

  @Override
  public void encode(ByteBuffer out) {
    out.putLong(masterOffsetNs).putLong(ingressTimeNs);
    out.putInt(cumulativeScaledRateOffset).putInt(scaledLastGmPhaseChange);
    out.putShort((short) gmTimeBaseIndicator);
    out.putShort((short) lastGmPhaseChangeHigh);
    out.putLong(lastGmPhaseChangeLow).putShort((short) lastGmPhaseChangeFraction);
    out.putInt(gmPresent).putLong(gmIdentity);
  }
}
