package org.ktsn.clock.ptp;

import java.nio.ByteBuffer;

/**
 * TIME_PROPERTIES_DATA_SET (IEEE 1588-2019 15.5.3.6.1).
 *
 * <pre>
 *  0 currentUtcOffset  s16    2 flags  u8    3 timeSource  u8
 * flags: 1 leap61, 2 leap59, 4 utcOffsetValid, 8 ptpTimescale, 16 timeTraceable, 32 freqTraceable
 * </pre>
 */
record TimePropertiesDataSet(int currentUtcOffset, int flags, int timeSource) implements DataSet {
  private static final int LEAP_61 = 1;
  private static final int LEAP_59 = 2;
  private static final int UTC_OFFSET_VALID = 4;
  private static final int PTP_TIMESCALE = 8;
  private static final int TIME_TRACEABLE = 16;

  boolean leapAnnounced() {
    return (flags & (LEAP_61 | LEAP_59)) != 0;
  }

  boolean utcOffsetValid() {
    return (flags & UTC_OFFSET_VALID) != 0;
  }

  /** Tells whether the network's time is TAI; otherwise it is whatever the grandmaster counts. */
  boolean ptpTimescale() {
    return (flags & PTP_TIMESCALE) != 0;
  }

  boolean timeTraceable() {
    return (flags & TIME_TRACEABLE) != 0;
  }

  static TimePropertiesDataSet decode(ByteBuffer in) {
    int offset = in.getShort();
    int flags = Octets.u8(in);
    return new TimePropertiesDataSet(offset, flags, Octets.u8(in));
  }

  @Override
  public ManagementId id() {
    return ManagementId.TIME_PROPERTIES_DATA_SET;
  }

  @Override
  public void encode(ByteBuffer out) {
    out.putShort((short) currentUtcOffset).put((byte) flags).put((byte) timeSource);
  }
}
