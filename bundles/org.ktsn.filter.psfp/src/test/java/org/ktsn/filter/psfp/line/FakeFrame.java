package org.ktsn.filter.psfp.line;

import org.ktsn.api.filter.FrameView;

/**
 * A frame as the tests want it: its fields say what its octets are, untagged IPv4 and UDP unless
 * something else is said. Mutable, so that one can stand for many.
 */
final class FakeFrame implements FrameView {
  int number;
  int pod;
  int trafficClass = 7;
  int lengthOctets = 100;
  long launchTimeNs;
  boolean deadlineMode;
  boolean octetsGone;

  long destinationMac = 0x0200_0000_0001L;
  long sourceMac = 0x0200_0000_0002L;
  boolean tagged;
  int priority;
  boolean dropEligible;
  int vlan;
  int dscp;
  int protocol = 17;
  int source = 0x0a4d_0002;
  int destination = 0x0a4d_0003;
  int sourcePort = 4000;
  int destinationPort = 5000;
  int fragmentOffset;

  @Override
  public int number() {
    return number;
  }

  @Override
  public int pod() {
    return pod;
  }

  @Override
  public long flow() {
    return 1;
  }

  @Override
  public int priority() {
    return priority;
  }

  @Override
  public int trafficClass() {
    return trafficClass;
  }

  @Override
  public int lengthOctets() {
    return lengthOctets;
  }

  @Override
  public int sduOctets() {
    return lengthOctets - (tagged ? 18 : 14);
  }

  @Override
  public long linkOctets() {
    return lengthOctets + 24L;
  }

  @Override
  public long launchTimeNs() {
    return launchTimeNs;
  }

  @Override
  public boolean deadlineMode() {
    return deadlineMode;
  }

  @Override
  public long arrivedNs() {
    return 0;
  }

  @Override
  public long arrival() {
    return number;
  }

  @Override
  public int octet(int offset) {
    if (octetsGone) {
      throw new IllegalStateException("the octets are the device's");
    }
    if (offset < 0 || offset >= lengthOctets) {
      throw new IndexOutOfBoundsException(offset);
    }
    if (offset < 6) {
      return (int) (destinationMac >> (8 * (5 - offset))) & 0xff;
    }
    if (offset < 12) {
      return (int) (sourceMac >> (8 * (11 - offset))) & 0xff;
    }
    if (tagged && offset < 16) {
      int tag = 0x8100_0000 | priority << 13 | (dropEligible ? 0x1000 : 0) | vlan;
      return tag >> (8 * (15 - offset)) & 0xff;
    }
    int at = offset - (tagged ? 16 : 12);
    return at < 2 ? 0x0800 >> (8 * (1 - at)) & 0xff : ip(at - 2);
  }

  private int ip(int at) {
    return switch (at) {
      case 0 -> 0x45;
      case 1 -> dscp << 2;
      case 6 -> fragmentOffset >> 8;
      case 7 -> fragmentOffset & 0xff;
      case 9 -> protocol;
      case 12, 13, 14, 15 -> source >> (8 * (15 - at)) & 0xff;
      case 16, 17, 18, 19 -> destination >> (8 * (19 - at)) & 0xff;
      case 20, 21 -> sourcePort >> (8 * (21 - at)) & 0xff;
      case 22, 23 -> destinationPort >> (8 * (23 - at)) & 0xff;
      default -> 0;
    };
  }
}
