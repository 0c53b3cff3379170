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

/** A socket that is unwritable while something waits at its other end. */
final class SpaceSocketTest {
  private static final int FILLER_OCTETS = 1024;
  private static final short POLLOUT = 4;
  private static final int MSG_DONTWAIT = 0x40;

  private final Arena arena = Arena.ofShared();
  private final SpaceSocket socket = new SpaceSocket();

  @AfterEach
  void close() {
    socket.close();
    arena.close();
  }

  @Test
  void shouldBeUnwritableFromTheFirstDatagramUntilItIsTaken() {
    assertTrue(isWritable());
    for (long round = 0; round < 1_000; round++) {
      assertEquals(FILLER_OCTETS, send(round, FILLER_OCTETS));
      assertFalse(isWritable());
      socket.empty(round + 1);
      assertTrue(isWritable());
    }
  }

  @Test
  void shouldLeaveADatagramOfTheRoundThatHasJustBegun() {
    assertEquals(FILLER_OCTETS, send(6, FILLER_OCTETS));
    assertEquals(FILLER_OCTETS, send(7, FILLER_OCTETS));
    socket.empty(7);
    assertFalse(isWritable());
    socket.empty(8);
    assertTrue(isWritable());
  }

  @Test
  void shouldTakeWhateverElseSomebodySends() {
    for (int octets = 0; octets < 8; octets++) {
      assertEquals(octets, send(Long.MAX_VALUE, octets));
      assertEquals(FILLER_OCTETS, send(0, FILLER_OCTETS));
      socket.empty(1);
      assertTrue(isWritable(), octets + " octets");
    }
  }

  @Test
  void shouldTakeABoundedNumberFromThoseWhoNeverStop() {
    int sent = 0;
    while (send(0, 1) > 0) {
      sent++;
    }
    assertTrue(sent > 0);
    socket.empty(1);
    socket.close();
    socket.empty(1);
  }

  private boolean isWritable() {
    MemorySegment descriptor = arena.allocate(8, 4);
    descriptor.set(ValueLayout.JAVA_INT, 0, socket.descriptor());
    descriptor.set(ValueLayout.JAVA_SHORT, 4, POLLOUT);
    FunctionDescriptor signature =
        FunctionDescriptor.of(
            ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT);
    return call("poll", signature, descriptor, 1L, 0) == 1;
  }

  private long send(long round, int octets) {
    MemorySegment filler = arena.allocate(FILLER_OCTETS, 8);
    filler.set(ValueLayout.JAVA_LONG, 0, round);
    FunctionDescriptor signature =
        FunctionDescriptor.of(
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_INT,
            ValueLayout.ADDRESS,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_INT);
    return call("send", signature, socket.descriptor(), filler, (long) octets, MSG_DONTWAIT);
  }

  @SuppressWarnings("restricted") // the C library's own functions
  private static long call(String function, FunctionDescriptor signature, Object... arguments) {
    Linker linker = Linker.nativeLinker();
    MethodHandle handle =
        linker.downcallHandle(linker.defaultLookup().findOrThrow(function), signature);
    try {
      return ((Number) handle.invokeWithArguments(arguments)).longValue();
    } catch (Throwable e) {
      throw new IllegalStateException(function + " failed", e);
    }
  }
}
