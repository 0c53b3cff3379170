package org.ktsn.stack.udp;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.ktsn.api.stack.AddressFamily;
import org.ktsn.api.stack.Datagram;

/** A datagram whose fields a test sets; sound and small at first. */
final class TestDatagram implements Datagram {
  int pod = 3;
  IpAddress source = ipv4("10.77.0.2");
  IpAddress destination = ipv4("10.77.0.3");

  /** NONE: the destination. */
  IpAddress nextHop = IpAddress.NONE;

  /** IPv6 also where the addresses are none of its. */
  boolean ipv6;

  int flowLabel;

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

  static IpAddress ipv4(String text) {
    return IpAddress.parse(text);
  }

  private long high(IpAddress address) {
    return ipv6 ? address.high() : AddressFamily.highOf(address.toIpv4());
  }

  private long low(IpAddress address) {
    return ipv6 ? address.low() : 0;
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
    return ipv6 ? AddressFamily.INET6 : AddressFamily.INET;
  }

  @Override
  public long sourceHigh() {
    return high(source);
  }

  @Override
  public long sourceLow() {
    return low(source);
  }

  @Override
  public long destinationHigh() {
    return high(destination);
  }

  @Override
  public long destinationLow() {
    return low(destination);
  }

  @Override
  public long nextHopHigh() {
    return high(nextHop.equals(IpAddress.NONE) ? destination : nextHop);
  }

  @Override
  public long nextHopLow() {
    return low(nextHop.equals(IpAddress.NONE) ? destination : nextHop);
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
