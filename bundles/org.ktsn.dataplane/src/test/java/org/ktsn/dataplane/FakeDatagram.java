package org.ktsn.dataplane;

import org.ktsn.api.stack.AddressFamily;
import org.ktsn.api.stack.Datagram;

/** A datagram whose addresses, ports and times a test chooses. */
final class FakeDatagram implements Datagram {
  int pod;
  long launchTimeNs;
  boolean deadlineMode;
  AddressFamily family = AddressFamily.INET;
  long sourceHigh = AddressFamily.highOf(0x0a4d0002);
  long sourceLow;
  long destinationHigh = AddressFamily.highOf(0x0a4d0003);
  long destinationLow;
  int sourcePort = 40_000;
  int destinationPort = 5_000;
  int priority;
  long sentNs = Long.MAX_VALUE;
  boolean pastIsNow;
  int reports;
  long socket;
  int reportNumber;
  long stamp;

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
    return deadlineMode;
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
  public int sourcePort() {
    return sourcePort;
  }

  @Override
  public int destinationPort() {
    return destinationPort;
  }

  @Override
  public int tos() {
    return 0;
  }

  @Override
  public int ttl() {
    return 64;
  }

  @Override
  public int priority() {
    return priority;
  }

  @Override
  public long sentNs() {
    return sentNs;
  }

  @Override
  public boolean pastIsNow() {
    return pastIsNow;
  }

  @Override
  public int reports() {
    return reports;
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
  public boolean dontFragment() {
    return true;
  }

  @Override
  public boolean noChecksum() {
    return false;
  }

  @Override
  public long payloadAddress() {
    return 0;
  }

  @Override
  public int payloadLength() {
    return 46;
  }
}
