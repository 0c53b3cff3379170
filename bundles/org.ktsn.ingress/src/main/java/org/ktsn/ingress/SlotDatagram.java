package org.ktsn.ingress;

import org.ktsn.api.ingress.Report;
import org.ktsn.api.stack.AddressFamily;
import org.ktsn.api.stack.Datagram;
import org.ktsn.foreign.NativeMemory;

/**
 * A private copy of a slot's header, checked; the payload stays where it is. One object, filled
 * anew for each slot. Planner thread only.
 */
final class SlotDatagram implements Datagram {
  /** TC_PRIO_MAX and TC_BITMASK of the kernel. */
  private static final int PRIORITY_MASK = 15;

  /** RFC 6437: 20 bits. */
  private static final int FLOW_LABEL_MASK = 0xf_ffff;

  private int pod;
  private long launchTimeNs;
  private int flags;
  private int tos;
  private int ttl;
  private int priority;
  private int sourcePort;
  private int destinationPort;
  private AddressFamily family = AddressFamily.INET;
  private long sourceHigh;
  private long sourceLow;
  private long destinationHigh;
  private long destinationLow;
  private long nextHopHigh;
  private long nextHopLow;
  private long sentNs;
  private int flowLabel;
  private int timestamps;
  private long socket;
  private int reportNumber;
  private long stamp;
  private long payloadAddress;
  private int payloadLength;

  /**
   * Copies a slot's header, each field once, and checks the copy.
   *
   * @param slot the slot's address
   * @param slotOctets the slot's size
   * @return whether it is a datagram that can be passed on
   */
  boolean read(int podNumber, long slot, int slotOctets) {
    pod = podNumber;
    launchTimeNs = NativeMemory.getLong(slot + ChannelLayout.SLOT_LAUNCH_TIME);
    final int number = NativeMemory.getByte(slot + ChannelLayout.SLOT_FAMILY) & 0xff;
    if (!AddressFamily.isKnown(number)) {
      return false;
    }
    family = AddressFamily.of(number);
    flags = NativeMemory.getByte(slot + ChannelLayout.SLOT_FLAGS) & 0xff;
    tos = NativeMemory.getByte(slot + ChannelLayout.SLOT_TOS) & 0xff;
    ttl = NativeMemory.getByte(slot + ChannelLayout.SLOT_TTL) & 0xff;
    // SO_PRIORITY may be any number; the kernel's queueing disciplines look at four bits of it.
    priority = NativeMemory.getInt(slot + ChannelLayout.SLOT_PRIORITY) & PRIORITY_MASK;
    sourcePort = NativeMemory.getShort(slot + ChannelLayout.SLOT_SOURCE_PORT) & 0xffff;
    destinationPort = NativeMemory.getShort(slot + ChannelLayout.SLOT_DESTINATION_PORT) & 0xffff;
    payloadLength = NativeMemory.getInt(slot + ChannelLayout.SLOT_LENGTH);
    sourceHigh = family.high(octets(slot + ChannelLayout.SLOT_SOURCE));
    sourceLow = family.low(octets(slot + ChannelLayout.SLOT_SOURCE + Long.BYTES));
    destinationHigh = family.high(octets(slot + ChannelLayout.SLOT_DESTINATION));
    destinationLow = family.low(octets(slot + ChannelLayout.SLOT_DESTINATION + Long.BYTES));
    nextHopHigh = family.high(octets(slot + ChannelLayout.SLOT_NEXT_HOP));
    nextHopLow = family.low(octets(slot + ChannelLayout.SLOT_NEXT_HOP + Long.BYTES));
    sentNs = NativeMemory.getLong(slot + ChannelLayout.SLOT_SENT);
    flowLabel = NativeMemory.getInt(slot + ChannelLayout.SLOT_FLOW_LABEL) & FLOW_LABEL_MASK;
    timestamps = NativeMemory.getByte(slot + ChannelLayout.SLOT_TIMESTAMPS);
    if (isReported()) {
      socket = NativeMemory.getLong(slot + ChannelLayout.SLOT_SOCKET);
      reportNumber = NativeMemory.getInt(slot + ChannelLayout.SLOT_NUMBER);
      stamp = NativeMemory.getLong(slot + ChannelLayout.SLOT_STAMP);
    }
    payloadAddress = slot + ChannelLayout.SLOT_HEADER_OCTETS;
    return (flags & ~ChannelLayout.FLAGS_KNOWN) == 0
        && launchTimeNs >= 0
        && isOfItsFamily()
        && payloadLength >= 0
        && payloadLength <= slotOctets - ChannelLayout.SLOT_HEADER_OCTETS;
  }

  private boolean isReported() {
    return timestamps != 0 || (flags & ChannelLayout.FLAG_REPORT_ERRORS) != 0;
  }

  /** Tells whether ports and time to live are what the family allows. */
  private boolean isOfItsFamily() {
    return switch (family) {
      case INET -> sourcePort > 0 && destinationPort > 0 && ttl > 0;
      case INET6 -> sourcePort > 0 && destinationPort > 0;
      case PACKET -> sourcePort == 0 && destinationPort == 0;
    };
  }

  /** Reads eight octets, the first of which is the most significant one. */
  private static long octets(long at) {
    return Long.reverseBytes(NativeMemory.getLong(at));
  }

  @Override
  public int pod() {
    return pod;
  }

  @Override
  public long launchTimeNs() {
    return launchTimeNs;
  }

  @Override
  public boolean deadlineMode() {
    return (flags & ChannelLayout.FLAG_DEADLINE_MODE) != 0;
  }

  @Override
  public AddressFamily family() {
    return family;
  }

  @Override
  public long sourceHigh() {
    return sourceHigh;
  }

  @Override
  public long sourceLow() {
    return sourceLow;
  }

  @Override
  public long destinationHigh() {
    return destinationHigh;
  }

  @Override
  public long destinationLow() {
    return destinationLow;
  }

  @Override
  public long nextHopHigh() {
    return nextHopHigh;
  }

  @Override
  public long nextHopLow() {
    return nextHopLow;
  }

  @Override
  public long sentNs() {
    return sentNs;
  }

  @Override
  public boolean pastIsNow() {
    return (flags & ChannelLayout.FLAG_PAST_IS_NOW) != 0;
  }

  @Override
  public int reports() {
    if (!isReported()) {
      return 0;
    }
    return ((flags & ChannelLayout.FLAG_REPORT_ERRORS) != 0 ? Report.ERRORS : 0)
        | ((timestamps & ChannelLayout.TIMESTAMP_SCHED) != 0 ? Report.SCHEDULED : 0)
        | ((timestamps & ChannelLayout.TIMESTAMP_SOFTWARE) != 0 ? Report.SENT : 0)
        | ((timestamps & ChannelLayout.TIMESTAMP_DATA) != 0 ? Report.FRAME : 0);
  }

  @Override
  public long socket() {
    return socket;
  }

  @Override
  public int reportNumber() {
    return reportNumber;
  }

  @Override
  public long stamp() {
    return stamp;
  }

  @Override
  public int flowLabel() {
    return flowLabel;
  }

  @Override
  public int sourcePort() {
    return sourcePort;
  }

  @Override
  public int destinationPort() {
    return destinationPort;
  }

  @Override
  public int tos() {
    return tos;
  }

  @Override
  public int ttl() {
    return ttl;
  }

  @Override
  public int priority() {
    return priority;
  }

  @Override
  public boolean dontFragment() {
    return (flags & ChannelLayout.FLAG_DONT_FRAGMENT) != 0;
  }

  @Override
  public boolean noChecksum() {
    return (flags & ChannelLayout.FLAG_NO_CHECKSUM) != 0;
  }

  @Override
  public long payloadAddress() {
    return payloadAddress;
  }

  @Override
  public int payloadLength() {
    return payloadLength;
  }
}
