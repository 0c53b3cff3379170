package org.ktsn.clock.ptp;

import java.nio.ByteBuffer;

/**
 * PORT_DATA_SET (IEEE 1588-2019 15.5.3.7.1).
 *
 * <pre>
 *  0 portIdentity  10                   20 logAnnounceInterval  s8       23 delayMechanism  u8
 * 10 portState  u8                      21 announceReceiptTimeout  u8    24 logMinPdelayReq  s8
 * 11 logMinDelayReqInterval  s8         22 logSyncInterval  s8           25 versionNumber  u8
 * 12 peerMeanPathDelay  s64 (ns times 2^16)
 * </pre>
 */
record PortDataSet(
    PortIdentity portIdentity,
    int portState,
    int logMinDelayReqInterval,
    long peerMeanPathDelay,
    int logAnnounceInterval,
    int announceReceiptTimeout,
    int logSyncInterval,
    int delayMechanism,
    int logMinPdelayReqInterval,
    int versionNumber)
    implements DataSet {
  PortState state() {
    return PortState.of(portState);
  }

  long peerMeanPathDelayNs() {
    return Octets.nanoseconds(peerMeanPathDelay);
  }

  static PortDataSet decode(ByteBuffer in) {
    PortIdentity identity = PortIdentity.decode(in);
    int state = Octets.u8(in);
    int logMinDelayReq = in.get();
    long peerDelay = in.getLong();
    int logAnnounce = in.get();
    int receiptTimeout = Octets.u8(in);
    int logSync = in.get();
    int mechanism = Octets.u8(in);
    int logMinPdelayReq = in.get();
    return new PortDataSet(
        identity,
        state,
        logMinDelayReq,
        peerDelay,
        logAnnounce,
        receiptTimeout,
        logSync,
        mechanism,
        logMinPdelayReq,
        Octets.u8(in));
  }

  @Override
  public ManagementId id() {
    return ManagementId.PORT_DATA_SET;
  }

  @Override
  public void encode(ByteBuffer out) {
    portIdentity.encode(out);
    out.put((byte) portState).put((byte) logMinDelayReqInterval).putLong(peerMeanPathDelay);
    out.put((byte) logAnnounceInterval).put((byte) announceReceiptTimeout);
    out.put((byte) logSyncInterval).put((byte) delayMechanism);
    out.put((byte) logMinPdelayReqInterval).put((byte) versionNumber);
  }
}
