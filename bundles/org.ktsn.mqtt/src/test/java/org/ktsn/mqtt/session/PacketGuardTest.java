package org.ktsn.mqtt.session;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.ktsn.mqtt.session.PacketGuard.TooLongException;

class PacketGuardTest {
  private static byte[] packet(int length) {
    ByteArrayOutputStream packet = new ByteArrayOutputStream();
    packet.write(0x30);
    int rest = length;
    do {
      packet.write(rest % 128 + (rest >= 128 ? 128 : 0));
      rest /= 128;
    } while (rest > 0);
    for (int i = 0; i < length; i++) {
      packet.write(0xff); // looks like a length, if one loses the place
    }
    return packet.toByteArray();
  }

  @Property(tries = 200)
  void shouldPassPacketsUnchangedHoweverTheyAreRead(
      @ForAll @Size(min = 1, max = 8)
          java.util.List<@IntRange(min = 0, max = 20_000) Integer> lengths,
      @ForAll @IntRange(min = 1, max = 5_000) int chunk)
      throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int length : lengths) {
      all.write(packet(length));
    }
    ByteArrayOutputStream read = new ByteArrayOutputStream();
    try (PacketGuard guard = new PacketGuard(new ByteArrayInputStream(all.toByteArray()), 20_000)) {
      byte[] part = new byte[chunk];
      for (int count = guard.read(part); count >= 0; count = guard.read(part)) {
        read.write(part, 0, count);
        if (chunk % 3 == 0) {
          int one = guard.read();
          if (one >= 0) {
            read.write(one);
          }
        }
      }
    }
    assertArrayEquals(all.toByteArray(), read.toByteArray());
  }

  @Test
  void shouldStopAtTheLastOctetOfALengthThatIsTooMuch() throws IOException {
    try (DataInputStream in =
        new DataInputStream(new PacketGuard(new ByteArrayInputStream(packet(300)), 299))) {
      assertEquals(0x30, in.readUnsignedByte());
      in.readUnsignedByte();
      assertEquals(
          "the broker sends a packet of 300 octets; 299 are allowed",
          assertThrows(TooLongException.class, in::readUnsignedByte).getMessage());
    }
  }

  @Test
  void shouldStopAtAFifthOctetOfLength() throws IOException {
    byte[] endless = {0x30, (byte) 0x80, (byte) 0x80, (byte) 0x80, (byte) 0x80, 1};
    try (PacketGuard guard = new PacketGuard(new ByteArrayInputStream(endless), 1 << 28)) {
      assertThrows(TooLongException.class, () -> guard.readNBytes(endless.length));
    }
  }
}
