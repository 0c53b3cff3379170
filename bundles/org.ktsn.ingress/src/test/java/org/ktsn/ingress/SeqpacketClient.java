package org.ktsn.ingress;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A program's end of a Unix socket of packets. */
final class SeqpacketClient implements AutoCloseable {
  private static final int AF_UNIX = 1;
  private static final int SOCK_SEQPACKET = 5;
  private static final int ADDRESS_OCTETS = 110;

  private final int descriptor;

  /** Connects. */
  SeqpacketClient(Path socket) {
    try (Arena arena = Arena.ofConfined()) {
      descriptor = call("socket", AF_UNIX, SOCK_SEQPACKET, 0);
      MemorySegment address = arena.allocate(ADDRESS_OCTETS, 8);
      address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_UNIX);
      address.setString(2, socket.toString());
      if (call("connect", descriptor, address, ADDRESS_OCTETS) != 0) {
        throw new IllegalStateException("nobody listens at " + socket);
      }
    }
  }

  /** Receives from a socket without waiting; returns the octets, or -1 if there is nothing. */
  static long receive(int descriptor, MemorySegment buffer) {
    return call("recv", descriptor, buffer, buffer.byteSize(), 0x40);
  }

  /** Tells whether there is a connection. */
  boolean isConnected() {
    return descriptor >= 0;
  }

  /** Says HELLO under a name. */
  void hello(String program) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment hello = arena.allocate(ChannelLayout.HELLO_OCTETS, 8);
      hello.set(ValueLayout.JAVA_INT, ChannelLayout.MESSAGE_MAGIC, ChannelLayout.MAGIC);
      hello.set(
          ValueLayout.JAVA_SHORT, ChannelLayout.MESSAGE_VERSION, (short) ChannelLayout.VERSION);
      hello.set(ValueLayout.JAVA_SHORT, ChannelLayout.MESSAGE_TYPE, (short) ChannelLayout.HELLO);
      byte[] octets = program.getBytes(StandardCharsets.ISO_8859_1);
      MemorySegment.copy(
          octets,
          0,
          hello,
          ValueLayout.JAVA_BYTE,
          ChannelLayout.HELLO_PROGRAM,
          Math.min(octets.length, ChannelLayout.HELLO_OCTETS - ChannelLayout.HELLO_PROGRAM));
      if (call("send", descriptor, hello, (long) ChannelLayout.HELLO_OCTETS, 0)
          != ChannelLayout.HELLO_OCTETS) {
        throw new IllegalStateException("HELLO can't be sent");
      }
    }
  }

  /** Asks for the way to a destination, all of whose octets are 1. */
  void resolve(int family) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment resolve = arena.allocate(ChannelLayout.RESOLVE_OCTETS, 8);
      resolve.set(ValueLayout.JAVA_INT, ChannelLayout.MESSAGE_MAGIC, ChannelLayout.MAGIC);
      resolve.set(
          ValueLayout.JAVA_SHORT, ChannelLayout.MESSAGE_VERSION, (short) ChannelLayout.VERSION);
      resolve.set(
          ValueLayout.JAVA_SHORT, ChannelLayout.MESSAGE_TYPE, (short) ChannelLayout.RESOLVE);
      resolve.set(ValueLayout.JAVA_BYTE, ChannelLayout.RESOLVE_FAMILY, (byte) family);
      resolve.asSlice(ChannelLayout.RESOLVE_NEXT_HOP, 16).fill((byte) 1);
      if (call("send", descriptor, resolve, (long) ChannelLayout.RESOLVE_OCTETS, 0)
          != ChannelLayout.RESOLVE_OCTETS) {
        throw new IllegalStateException("RESOLVE can't be sent");
      }
    }
  }

  @Override
  public void close() {
    call("close", descriptor);
  }

  @SuppressWarnings("restricted") // the C library's own functions
  private static int call(String function, Object... arguments) {
    MemoryLayout[] layouts = new MemoryLayout[arguments.length];
    for (int i = 0; i < arguments.length; i++) {
      layouts[i] =
          switch (arguments[i]) {
            case Integer value -> ValueLayout.JAVA_INT;
            case Long value -> ValueLayout.JAVA_LONG;
            default -> ValueLayout.ADDRESS;
          };
    }
    Linker linker = Linker.nativeLinker();
    MethodHandle handle =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow(function),
            FunctionDescriptor.of(
                function.equals("send") || function.equals("recv")
                    ? ValueLayout.JAVA_LONG
                    : ValueLayout.JAVA_INT,
                layouts));
    try {
      return ((Number) handle.invokeWithArguments(arguments)).intValue();
    } catch (Throwable e) {
      throw new IllegalStateException(function + " failed", e);
    }
  }
}
