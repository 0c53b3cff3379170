package org.ktsn.stack.udp;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.ktsn.api.stack.AddressFamily;
import org.ktsn.api.stack.Datagram;

/** A datagram whose fields a test sets; sound and small at first. */
final class TestDatagram implements Datagram {
  int pod = 3;
  int source = ipv4("10.77.0.2");
  int destination = ipv4("10.77.0.3");

  /** 0: the destination. */
  int nextHop;

  int sourcePort = 40_000;
  int destinationPort = 5000;
  int tos;
  int ttl = 64;
  int priority;
  boolean dontFragment = true;
  boolean noChecksum;
  int payloadLength;
  private final MemorySegment payload = Arena.ofAuto().allocate(70_000, 8);

  static TestDatagram with(byte... payload) {
    TestDatagram datagram = new TestDatagram();
    datagram.setPayload(payload);
    return datagram;
  }

  void setPayload(byte... octets) {
    MemorySegment.copy(octets, 0, payload, ValueLayout.JAVA_BYTE, 0, octets.length);
    payloadLength = octets.length;
  }

  static int ipv4(String text) {
    int address = 0;
    for (String part : text.split("\\.", -1)) {
      address = address << 8 | Integer.parseInt(part);
    }
    return address;
  }

  byte[] payload() {
    return payload.asSlice(0, payloadLength).toArray(ValueLayout.JAVA_BYTE);
  }

  @Override
  public int pod() {
    return pod;
  }

  @Override
  public long launchTimeNs() {
    return 0;
  }

  @Override
  public boolean deadlineMode() {
    return false;
  }

  @Override
  public AddressFamily family() {
    return AddressFamily.INET;
  }

  @Override
  public long sourceHigh() {
    return AddressFamily.highOf(source);
  }

  @Override
  public long sourceLow() {
    return 0;
  }

  @Override
  public long destinationHigh() {
    return AddressFamily.highOf(destination);
  }

  @Override
  public long destinationLow() {
    return 0;
  }

  @Override
  public long nextHopHigh() {
    return AddressFamily.highOf(nextHop == 0 ? destination : nextHop);
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
    return dontFragment;
  }

  @Override
  public boolean noChecksum() {
    return noChecksum;
  }

  @Override
  public long payloadAddress() {
    return payload.address();
  }

  @Override
  public int payloadLength() {
    return payloadLength;
  }
}
