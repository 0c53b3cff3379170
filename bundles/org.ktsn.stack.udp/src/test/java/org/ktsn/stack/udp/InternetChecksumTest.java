package org.ktsn.stack.udp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

final class InternetChecksumTest {
  private final MemorySegment memory = Arena.ofAuto().allocate(65_544, 8);

  private int checksum(byte[] octets, int misalignment) {
    MemorySegment.copy(octets, 0, memory, ValueLayout.JAVA_BYTE, misalignment, octets.length);
    return InternetChecksum.finish(
        InternetChecksum.sum(memory.address() + misalignment, octets.length));
  }

  @Property
  void shouldAgreeWithSlowSumAtAnyLengthAndAlignment(
      @ForAll @Size(max = 1480) byte[] octets, @ForAll @IntRange(max = 7) int misalignment) {
    assertEquals(ReferenceFrame.checksum(octets), checksum(octets, misalignment));
  }

  @Test
  void shouldCarryEveryBitOfTheLargestDatagram() {
    byte[] octets = new byte[65_535];
    Arrays.fill(octets, (byte) 0xff);
    assertEquals(ReferenceFrame.checksum(octets), checksum(octets, 0));
  }

  @Test
  void shouldGiveTheExampleOfRfc1071() {
    byte[] octets = {
      0x00, 0x01, (byte) 0xf2, 0x03, (byte) 0xf4, (byte) 0xf5, (byte) 0xf6, (byte) 0xf7
    };
    assertEquals(~0xddf2 & 0xffff, checksum(octets, 0));
  }

  @Test
  void shouldBeAllOnesForNothing() {
    assertEquals(0xffff, checksum(new byte[0], 0));
  }
}
