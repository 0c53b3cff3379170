package org.ktsn.cli.demo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.testbed.Arrivals;
import org.ktsn.cli.testbed.Arrivals.Arrival;
import org.ktsn.cli.testbed.NativeMoments;

class RecordingsTest {
  @TempDir Path folder;

  @Test
  void shouldReadWhatTheListenerWrites() throws IOException {
    ByteBuffer content =
        file(32 + 24, "TALKRCV1")
            .putLong(8, 1)
            .putLong(16, 5)
            .putLong(24, 6)
            .putInt(32, 0xffff_fffe)
            .putInt(36, 256)
            .putLong(40, 1000)
            .putLong(48, 1028);
    Arrivals arrivals = Arrivals.read(Files.write(folder.resolve("arrivals"), octets(content)));
    assertEquals(new Arrivals(List.of(new Arrival(0xffff_fffeL, 256, 1000, 1028)), 5, 6), arrivals);
  }

  @Test
  void shouldReadWhatTheNativeLoopWrites() throws IOException {
    ByteBuffer content =
        file(16 + 32, "TALKNAT1")
            .putLong(8, 2)
            .putLong(16, 100)
            .putLong(24, 112)
            .putLong(32, 200)
            .putLong(40, 207);
    Path file = Files.write(folder.resolve("moments"), octets(content));
    assertArrayEquals(new long[] {12, 7}, NativeMoments.read(file).errorsNs());
  }

  @Test
  void shouldRefuseArrivalsThatWereCutOff() throws IOException {
    Path file = Files.write(folder.resolve("cut"), octets(file(32 + 23, "TALKRCV1").putLong(8, 1)));
    CommandFailure refusal = assertThrows(CommandFailure.class, () -> Arrivals.read(file));
    assertEquals(file + " promises 1 records and holds 0; it was cut off.", refusal.getMessage());
  }

  private static ByteBuffer file(int octets, String magic) {
    return ByteBuffer.allocate(octets)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(0, magic.getBytes(StandardCharsets.US_ASCII));
  }

  private static byte[] octets(ByteBuffer content) {
    byte[] octets = new byte[content.capacity()];
    content.get(0, octets);
    return octets;
  }
}
