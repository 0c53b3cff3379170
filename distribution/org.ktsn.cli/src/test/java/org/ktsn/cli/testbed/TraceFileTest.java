package org.ktsn.cli.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ktsn.api.trace.TraceLayout.Outcome;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.testbed.TraceFile.Frame;

class TraceFileTest {
  private static final int SENT = 0;
  private static final int MISSED = 1;

  @TempDir Path folder;

  @Test
  void shouldReadEveryFieldOfARecord() throws IOException {
    ByteBuffer content = trace(2, 1);
    record(content, 0, SENT, 0);
    TraceFile trace = TraceFile.read(written(content));

    assertEquals(1_000_000_000L, trace.portRateBitsPerSecond());
    assertEquals(50, trace.overheadOctets());
    assertEquals(3, trace.leftOut());
    assertEquals(
        new Frame(
            1000,
            2000,
            2025,
            3000,
            3_000_000_000L,
            298,
            0xfffe,
            7,
            Outcome.SENT,
            0x0a4d0002,
            50_000,
            7777,
            0,
            99),
        trace.records().getFirst());
    assertEquals(25, trace.records().getFirst().txErrorNs());
  }

  @Test
  void shouldReadOnlyTheRecordsThatAreCounted() throws IOException {
    ByteBuffer content = trace(3, 2);
    record(content, 0, MISSED, 0);
    record(content, 1, SENT, 1);
    TraceFile trace = TraceFile.read(written(content));

    assertEquals(2, trace.records().size());
    assertEquals(Outcome.MISSED, trace.records().getFirst().outcome());
    assertFalse(trace.records().getFirst().late(), "a missed frame has not left");
    assertTrue(trace.records().getLast().late(), "it was dated anew");
  }

  @Test
  void shouldCallAFrameLateThatLeftAfterItsLastInstant() throws IOException {
    ByteBuffer content = trace(1, 1);
    record(content, 0, SENT, 0);
    content.putLong(64 + 16, 3001);
    assertTrue(TraceFile.read(written(content)).records().getFirst().late());
  }

  @Test
  void shouldComputeTheTimeOnTheLinkFromRateAndOverhead() {
    TraceFile gigabit = new TraceFile(1_000_000_000L, 0, 0, List.of());
    assertEquals((298 + 24) * 8, gigabit.wireDurationNs(298));
    assertEquals((60 + 24) * 8, gigabit.wireDurationNs(42), "the least frame has 60 octets");
    TraceFile slow = new TraceFile(3, 50, 0, List.of());
    assertEquals(357_333_333_334L, slow.wireDurationNs(60), "rounded up");
  }

  @Test
  void shouldRefuseAFileOfAnotherKind() throws IOException {
    Path file = Files.writeString(folder.resolve("other"), "x".repeat(200));
    assertSentence("is not a file of the kind KTSNTRC1.", file);
  }

  @Test
  void shouldRefuseAFileThatIsShorterThanItsHeader() throws IOException {
    assertSentence("is not a file", Files.writeString(folder.resolve("short"), "KTSNTRC1"));
  }

  @Test
  void shouldRefuseAFileThatIsNotThere() {
    assertSentence("Can't read", folder.resolve("none"));
  }

  @Test
  void shouldRefuseAFileThatWasCutOff() throws IOException {
    assertSentence("promises 4 records and holds 2", written(trace(2, 4)));
  }

  @Test
  void shouldRefuseRecordsOfAnotherSize() throws IOException {
    ByteBuffer content = trace(1, 1).putInt(12, 72);
    assertSentence("records of 72 octets; this version reads 64 and 64.", written(content));
  }

  @Test
  void shouldRefuseAnOutcomeThatItDoesNotKnow() throws IOException {
    ByteBuffer content = trace(1, 1).put(64 + 43, (byte) 9);
    assertSentence("outcome 9; this version knows 0 to 4.", written(content));
  }

  private void assertSentence(String part, Path file) {
    String message = assertThrows(CommandFailure.class, () -> TraceFile.read(file)).getMessage();
    assertTrue(message.contains(part), message);
  }

  private Path written(ByteBuffer content) throws IOException {
    byte[] octets = new byte[content.capacity()];
    content.get(0, octets);
    return Files.write(folder.resolve("trace"), octets);
  }

  private static ByteBuffer trace(int room, int count) {
    return ByteBuffer.allocate(64 + 64 * room)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(0, "KTSNTRC1".getBytes(StandardCharsets.US_ASCII))
        .putInt(8, 64)
        .putInt(12, 64)
        .putLong(16, room)
        .putLong(24, count)
        .putLong(32, 3)
        .putLong(40, 1_000_000_000L)
        .putInt(48, 50);
  }

  private static void record(ByteBuffer content, int index, int outcome, int datedAnew) {
    int at = 64 + 64 * index;
    content
        .putLong(at, 1000)
        .putLong(at + 8, 2000)
        .putLong(at + 16, 2025)
        .putLong(at + 24, 3000)
        .putInt(at + 32, (int) 3_000_000_000L)
        .putInt(at + 36, 298)
        .putShort(at + 40, (short) 0xfffe)
        .put(at + 42, (byte) 7)
        .put(at + 43, (byte) outcome)
        .putInt(at + 44, 0x0a4d0002)
        .putShort(at + 48, (short) 50_000)
        .putShort(at + 50, (short) 7777)
        .putInt(at + 52, datedAnew)
        .putLong(at + 56, 99);
  }
}
