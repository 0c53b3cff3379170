package org.ktsn.stack.udp;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;

/** Native memory for one frame, filled with 0xAA so that every octet that is not written shows. */
final class FrameBuffer {
  static final int OCTETS = 2048;

  private final MemorySegment memory = Arena.ofAuto().allocate(OCTETS, 8);

  FrameBuffer() {
    clear();
  }

  void clear() {
    memory.fill((byte) 0xaa);
  }

  /** An odd address on purpose: a frame may begin anywhere. */
  long address() {
    return memory.address() + 1;
  }

  byte[] octets(int length) {
    return memory.asSlice(1, length).toArray(ValueLayout.JAVA_BYTE);
  }

  String hex(int length) {
    return HexFormat.of().formatHex(octets(length));
  }

  byte at(int offset) {
    return memory.get(ValueLayout.JAVA_BYTE, 1L + offset);
  }

  void write(byte[] octets) {
    MemorySegment.copy(octets, 0, memory, ValueLayout.JAVA_BYTE, 1, octets.length);
  }
}
