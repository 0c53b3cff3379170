package org.ktsn.dataplane;

import org.ktsn.api.stack.Datagram;

/** A datagram whose addresses, ports and times a test chooses. */
final class FakeDatagram implements Datagram {
  int pod;
  long launchTimeNs;
  boolean deadlineMode;
  int sourceAddress = 0x0a4d0002;
  int destinationAddress = 0x0a4d0003;
  int sourcePort = 40_000;
  int destinationPort = 5_000;
  int priority;

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
  public int sourceAddress() {
    return sourceAddress;
  }

  @Override
  public int destinationAddress() {
    return destinationAddress;
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
