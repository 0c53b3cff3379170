package org.ktsn.ingress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What a program may say on its channel, and what it may not. */
final class ChannelMessageTest {
  private final Arena arena = Arena.ofAuto();

  private MemorySegment message(int type, int octets) {
    MemorySegment message = arena.allocate(octets, 8);
    message.set(ValueLayout.JAVA_INT, ChannelLayout.MESSAGE_MAGIC, ChannelLayout.MAGIC);
    message.set(
        ValueLayout.JAVA_SHORT, ChannelLayout.MESSAGE_VERSION, (short) ChannelLayout.VERSION);
    message.set(ValueLayout.JAVA_SHORT, ChannelLayout.MESSAGE_TYPE, (short) type);
    return message;
  }

  private static void assertWrong(String reason, ChannelMessage message) {
    assertTrue(
        assertInstanceOf(ChannelMessage.Wrong.class, message).reason().contains(reason),
        message.toString());
  }

  @Test
  void shouldReadTheNameOfAProgramWithoutWhatATerminalWouldObey() {
    MemorySegment hello = message(ChannelLayout.HELLO, ChannelLayout.HELLO_OCTETS);
    byte[] name = "a\u001b[31m b".getBytes(StandardCharsets.US_ASCII);
    MemorySegment.copy(
        name, 0, hello, ValueLayout.JAVA_BYTE, ChannelLayout.HELLO_PROGRAM, name.length);
    assertEquals(new ChannelMessage.Hello("a[31mb"), ChannelMessage.read(hello, false));
    assertWrong("HELLO was said already", ChannelMessage.read(hello, true));
  }

  @Test
  void shouldReadTheNextHopInNetworkOrder() {
    MemorySegment resolve = message(ChannelLayout.RESOLVE, ChannelLayout.RESOLVE_OCTETS);
    resolve.set(ValueLayout.JAVA_BYTE, ChannelLayout.RESOLVE_FAMILY, (byte) 10);
    byte[] nextHop = {(byte) 0xfe, (byte) 0x80, 0, 0, 0, 0, 0, 3, 2, 0, 0, 0, 0, 0, 0, 9};
    MemorySegment.copy(
        nextHop, 0, resolve, ValueLayout.JAVA_BYTE, ChannelLayout.RESOLVE_NEXT_HOP, 16);
    assertEquals(
        new ChannelMessage.Resolve(10, 0xfe80_0000_0000_0003L, 0x0200_0000_0000_0009L),
        ChannelMessage.read(resolve, true));
    resolve.set(ValueLayout.JAVA_BYTE, ChannelLayout.RESOLVE_FAMILY, (byte) 0xfe);
    assertEquals(
        new ChannelMessage.Resolve(254, 0xfe80_0000_0000_0003L, 0x0200_0000_0000_0009L),
        ChannelMessage.read(resolve, true));
  }

  @Test
  void shouldSayWhatIsWrongWithAMessage() {
    MemorySegment other = message(ChannelLayout.HELLO, ChannelLayout.HELLO_OCTETS);
    other.set(
        ValueLayout.JAVA_SHORT, ChannelLayout.MESSAGE_VERSION, (short) (ChannelLayout.VERSION + 1));
    assertWrong("install both from one release", ChannelMessage.read(other, false));
    assertWrong("must be HELLO", ChannelMessage.read(arena.allocate(64, 8), false));
    assertWrong(
        "message type 9 of 16 octets is unknown", ChannelMessage.read(message(9, 16), false));
  }

  @Test
  void shouldTakeNoPartOfAMessageForAWholeOne() {
    for (int type : new int[] {ChannelLayout.HELLO, ChannelLayout.RESOLVE}) {
      int whole =
          type == ChannelLayout.HELLO ? ChannelLayout.HELLO_OCTETS : ChannelLayout.RESOLVE_OCTETS;
      for (int octets = 8; octets < whole; octets++) {
        assertWrong("is unknown", ChannelMessage.read(message(type, octets), false));
      }
    }
    for (int octets = 0; octets < 8; octets++) {
      assertWrong("must be HELLO", ChannelMessage.read(arena.allocate(octets, 8), false));
    }
  }

  @Test
  void shouldAnswerWhateverAProgramSends() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 10_000; i++) {
      MemorySegment message = message(random.nextInt(6), 8 + random.nextInt(248));
      for (long at = 8; at < message.byteSize(); at++) {
        message.set(ValueLayout.JAVA_BYTE, at, (byte) random.nextInt());
      }
      String told = "seed " + seed;
      switch (ChannelMessage.read(message, random.nextBoolean())) {
        case ChannelMessage.Hello hello ->
            assertTrue(hello.program().chars().allMatch(c -> c > ' ' && c < 0x7f), told);
        case ChannelMessage.Wrong wrong -> assertTrue(!wrong.reason().isBlank(), told);
        case ChannelMessage.Resolve resolve ->
            assertTrue(message.byteSize() >= ChannelLayout.RESOLVE_OCTETS, told + resolve);
        case ChannelMessage.Reports asked ->
            assertTrue(message.byteSize() >= ChannelLayout.REPORTS_OCTETS, told + asked);
      }
    }
  }

  @Test
  void shouldCutOffAReasonThatIsTooLong() {
    MemorySegment refused = ChannelMessage.refusal(arena, "x".repeat(1000));
    assertEquals(ChannelLayout.REFUSED_OCTETS, refused.byteSize());
    assertEquals(0, refused.get(ValueLayout.JAVA_BYTE, ChannelLayout.REFUSED_OCTETS - 1));
    assertEquals('x', refused.get(ValueLayout.JAVA_BYTE, ChannelLayout.REFUSED_OCTETS - 2));
  }
}
