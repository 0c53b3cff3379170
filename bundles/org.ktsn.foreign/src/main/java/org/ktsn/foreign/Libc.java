package org.ktsn.foreign;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * Functions of the C library, call by call, where no function of {@code ktsn_native.h} is needed.
 * The first argument of each is the segment from {@link #errnoIn}, which receives {@code errno}.
 */
@SuppressWarnings("restricted")
final class Libc {
  static final int EAGAIN = 11;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
  private static final Linker.Option CAPTURE = Linker.Option.captureCallState("errno");

  static final MethodHandle SOCKET = handle("socket", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
  static final MethodHandle BIND = handle("bind", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
  static final MethodHandle CHMOD = handle("chmod", JAVA_INT, ADDRESS, JAVA_INT);
  static final MethodHandle SENDTO =
      handle("sendto", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT);
  static final MethodHandle RECV =
      handle("recv", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
  static final MethodHandle CLOCK_GETTIME = handle("clock_gettime", JAVA_INT, JAVA_INT, ADDRESS);
  static final MethodHandle ADJTIMEX = handle("adjtimex", JAVA_INT, ADDRESS);
  static final MethodHandle STRERROR =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("strerror"), FunctionDescriptor.of(ADDRESS, JAVA_INT));

  private Libc() {}

  /** Allocates the memory that receives {@code errno}. */
  static MemorySegment errnoIn(Arena arena) {
    return arena.allocate(STATE);
  }

  /** Returns the {@code errno} of the latest call that was given this memory. */
  static int errno(MemorySegment state) {
    return (int) ERRNO.get(state, 0L);
  }

  /** Returns the C library's word for an error. */
  static String message(int errno) {
    try {
      return ((MemorySegment) STRERROR.invokeExact(errno)).reinterpret(1024).getString(0);
    } catch (Throwable e) {
      throw new AssertionError("strerror failed", e);
    }
  }

  /** Makes the exception for a failed call. */
  static ForeignException failure(int errno, String what) {
    return new ForeignException(errno, what + ": " + message(errno));
  }

  /** A downcall itself throws nothing; whatever it is, it is a defect. */
  static AssertionError unexpected(Throwable e) {
    return new AssertionError("native call failed", e);
  }

  private static MethodHandle handle(String name, MemoryLayout result, MemoryLayout... arguments) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(result, arguments),
        CAPTURE);
  }
}
