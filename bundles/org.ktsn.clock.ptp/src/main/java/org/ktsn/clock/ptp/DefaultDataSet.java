package org.ktsn.clock.ptp;

import java.nio.ByteBuffer;

/**
 * DEFAULT_DATA_SET (IEEE 1588-2019 15.5.3.3.1).
 *
 * <pre>
 *  0 flags  u8 (1 two-step, 2 slave-only)   6 clockAccuracy  u8    10 clockIdentity  8
 *  2 numberPorts  u16                       7 variance  u16        18 domainNumber  u8
 *  4 priority1  u8    5 clockClass  u8      9 priority2  u8
 * </pre>
 */
record DefaultDataSet(
    int flags,
    int numberPorts,
    int priority1,
    int clockClass,
    int clockAccuracy,
    int offsetScaledLogVariance,
    int priority2,
    long clockIdentity,
    int domainNumber)
    implements DataSet {
  private static final int SLAVE_ONLY = 2;

  boolean slaveOnly() {
    return (flags & SLAVE_ONLY) != 0;
  }

  static DefaultDataSet decode(ByteBuffer in) {
    int flags = Octets.u8(in);
    Octets.reserved(in);
    int numberPorts = Octets.u16(in);
    int priority1 = Octets.u8(in);
    int clockClass = Octets.u8(in);
    int accuracy = Octets.u8(in);
    int variance = Octets.u16(in);
    int priority2 = Octets.u8(in);
    long identity = in.getLong();
    int domain = Octets.u8(in);
    Octets.reserved(in);
    return new DefaultDataSet(
        flags, numberPorts, priority1, clockClass, accuracy, variance, priority2, identity, domain);
  }

  @Override
  public ManagementId id() {
    return ManagementId.DEFAULT_DATA_SET;
  }

  @Override
  public void encode(ByteBuffer out) {
    out.put((byte) flags).put((byte) 0).putShort((short) numberPorts);
    out.put((byte) priority1).put((byte) clockClass).put((byte) clockAccuracy);
    out.putShort((short) offsetScaledLogVariance).put((byte) priority2);
    out.putLong(clockIdentity).put((byte) domainNumber).put((byte) 0);
  }
}
