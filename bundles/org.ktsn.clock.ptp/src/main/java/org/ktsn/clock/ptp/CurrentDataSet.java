package org.ktsn.clock.ptp;

import java.nio.ByteBuffer;

/**
 * CURRENT_DATA_SET (IEEE 1588-2019 15.5.3.4.1).
 *
 * <pre>
 *  0 stepsRemoved  u16    2 offsetFromMaster  s64    10 meanPathDelay  s64    (ns times 2^16)
 * </pre>
 */
record CurrentDataSet(int stepsRemoved, long offsetFromMaster, long meanPathDelay)
    implements DataSet {
  long offsetFromMasterNs() {
    return Octets.nanoseconds(offsetFromMaster);
  }

  long meanPathDelayNs() {
    return Octets.nanoseconds(meanPathDelay);
  }

  static CurrentDataSet decode(ByteBuffer in) {
    int stepsRemoved = Octets.u16(in);
    long offset = in.getLong();
    return new CurrentDataSet(stepsRemoved, offset, in.getLong());
  }

  @Override
  public ManagementId id() {
    return ManagementId.CURRENT_DATA_SET;
  }

  @Override
  public void encode(ByteBuffer out) {
    out.putShort((short) stepsRemoved).putLong(offsetFromMaster).putLong(meanPathDelay);
  }
}
