package org.ktsn.stack.packet;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import org.ktsn.api.stack.AddressFamily;
import org.ktsn.api.stack.Datagram;

/** A frame as a pod hands it over; what its slot says of addresses is what the frame says. */
final class TestFrame implements Datagram {
  int pod = 3;
  int priority;
  long sourceHigh;
  long destinationHigh;
  private final MemorySegment payload;
  private final int length;

  private TestFrame(byte[] octets) {
    payload = Arena.ofAuto().allocate(Math.max(16, octets.length), 8);
    MemorySegment.copy(octets, 0, payload, ValueLayout.JAVA_BYTE, 0, octets.length);
    length = octets.length;
    if (length >= 12) {
      destinationHigh = address(0);
      sourceHigh = address(6);
    }
  }

  static TestFrame of(byte[] octets) {
    return new TestFrame(octets);
  }

  /** Makes one from hexadecimal digits; blanks are for the reader. */
  static TestFrame of(String hex) {
    return new TestFrame(HexFormat.of().parseHex(hex.replaceAll("\\s", "")));
  }

  private long address(int at) {
    long value = 0;
    for (int i = 0; i < 6; i++) {
      value = (value << 8) | (payload.get(ValueLayout.JAVA_BYTE, at + i) & 0xff);
    }
    return value << 16;
  }

  byte[] octets() {
    return payload.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
  }

  /** As a program does that goes on writing. */
  void overwrite(int at, int value) {
    payload.set(ValueLayout.JAVA_BYTE, at, (byte) value);
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
    return AddressFamily.PACKET;
  }

  @Override
  public long sourceHigh() {
    return sourceHigh;
  }

  @Override
  public long sourceLow() {
    return 0;
  }

  @Override
  public long destinationHigh() {
    return destinationHigh;
  }

  @Override
  public long destinationLow() {
    return 0;
  }

  @Override
  public int sourcePort() {
    return 0;
  }

  @Override
  public int destinationPort() {
    return 0;
  }

  @Override
  public int tos() {
    return 0;
  }

  @Override
  public int ttl() {
    return 0;
  }

  @Override
  public int priority() {
    return priority;
  }

  @Override
  public boolean dontFragment() {
    return false;
  }

  @Override
  public boolean noChecksum() {
    return false;
  }

  @Override
  public long payloadAddress() {
    return payload.address();
  }

  @Override
  public int payloadLength() {
    return length;
  }
}
