package org.ktsn.clock.ptp;

import java.nio.ByteBuffer;

/**
 * PARENT_DATA_SET (IEEE 1588-2019 15.5.3.5.1).
 *
 * <pre>
 *  0 parentPortIdentity  10      14 phaseChangeRate  s32            20 grandmaster accuracy  u8
 * 10 parentStats  u8             18 grandmasterPriority1  u8        21 grandmaster variance  u16
 * 12 variance  u16               19 grandmaster clockClass  u8      23 grandmasterPriority2  u8
 *                                                                   24 grandmasterIdentity  8
 * </pre>
 */
record ParentDataSet(
    PortIdentity parentPortIdentity,
    int parentStats,
    int observedVariance,
    int observedPhaseChangeRate,
    int grandmasterPriority1,
    int grandmasterClockClass,
    int grandmasterClockAccuracy,
    int grandmasterVariance,
    int grandmasterPriority2,
    long grandmasterIdentity)
    implements DataSet {
  static ParentDataSet decode(ByteBuffer in) {
    PortIdentity parent = PortIdentity.decode(in);
    int stats = Octets.u8(in);
    Octets.reserved(in);
    int variance = Octets.u16(in);
    int rate = in.getInt();
    int priority1 = Octets.u8(in);
    int clockClass = Octets.u8(in);
    int accuracy = Octets.u8(in);
    int grandmasterVariance = Octets.u16(in);
    int priority2 = Octets.u8(in);
    return new ParentDataSet(
        parent,
        stats,
        variance,
        rate,
        priority1,
        clockClass,
        accuracy,
        grandmasterVariance,
        priority2,
        in.getLong());
  }

  @Override
  public ManagementId id() {
    return ManagementId.PARENT_DATA_SET;
  }

  @Override
  public void encode(ByteBuffer out) {
    parentPortIdentity.encode(out);
    out.put((byte) parentStats).put((byte) 0).putShort((short) observedVariance);
    out.putInt(observedPhaseChangeRate);
    out.put((byte) grandmasterPriority1).put((byte) grandmasterClockClass);
    out.put((byte) grandmasterClockAccuracy).putShort((short) grandmasterVariance);
    out.put((byte) grandmasterPriority2).putLong(grandmasterIdentity);
  }
}
