package org.ktsn.foreign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Reports from here to a program. */
final class ReportSocketTest {
  private static final int MSG_DONTWAIT = 0x40;
  private static final int MSG_NOSIGNAL = 0x4000;

  private final Arena arena = Arena.ofShared();
  private final ReportSocket socket = new ReportSocket();
  private final MemorySegment report = arena.allocate(16);
  private final MemorySegment frame = arena.allocate(2_048);
  private final MemorySegment received = arena.allocate(4_096);

  @AfterEach
  void close() {
    socket.close();
    arena.close();
  }

  private void send(int frameOctets) {
    socket.send(report.address(), 16, frame.address(), frameOctets);
  }

  private long receive() {
    return call("recv", received, received.byteSize(), MSG_DONTWAIT);
  }

  @SuppressWarnings("restricted") // the C library's own functions
  private long call(String function, MemorySegment memory, long octets, int flags) {
    Linker linker = Linker.nativeLinker();
    MethodHandle handle =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow(function),
            FunctionDescriptor.of(
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_INT,
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_INT));
    try {
      return (long) handle.invokeExact(socket.descriptor(), memory, octets, flags);
    } catch (Throwable e) {
      throw new IllegalStateException(function + " failed", e);
    }
  }

  @Test
  void shouldArriveInOrderAndInOnePiece() {
    for (byte i = 0; i < 10; i++) {
      report.set(ValueLayout.JAVA_BYTE, 0, i);
      frame.set(ValueLayout.JAVA_BYTE, 0, (byte) -i);
      send(i * 100);
    }
    for (byte i = 0; i < 10; i++) {
      assertEquals(16 + i * 100, receive());
      assertEquals(i, received.get(ValueLayout.JAVA_BYTE, 0));
      if (i > 0) {
        assertEquals(-i, received.get(ValueLayout.JAVA_BYTE, 16));
      }
    }
    assertEquals(-1, receive());
  }

  @Test
  void shouldLoseWhatHasNoRoomAndGoOn() {
    for (int i = 0; i < 10_000; i++) {
      send(2_048);
    }
    assertFalse(socket.isDeserted());
    int kept = 0;
    while (receive() > 0) {
      kept++;
    }
    assertTrue(kept > 10 && kept < 10_000, kept + " were kept");
    send(0);
    assertEquals(16, receive());
  }

  @Test
  void shouldSeeThatNobodyReadsAnyMore() {
    send(0);
    assertFalse(socket.isDeserted());
    socket.giveAway(); // and nobody has it
    send(0);
    assertTrue(socket.isDeserted());
    send(0);
  }

  @Test
  void shouldTakeNothingFromTheProgram() {
    assertEquals(-1, call("send", report, 16, MSG_DONTWAIT | MSG_NOSIGNAL));
    send(0);
    assertEquals(16, receive());
  }
}
