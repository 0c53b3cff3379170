package org.ktsn.foreign;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A Unix socket of datagrams (SOCK_DGRAM) with an address of its own; non-blocking. Java's channels
 * know Unix sockets of streams only. One thread at a time.
 *
 * <pre>
 * struct sockaddr_un
 *   0  sun_family  u16   1 (AF_UNIX)
 *   2  sun_path    char[108], ended by 0
 * </pre>
 */
public final class UnixDatagram implements AutoCloseable {
  /** The answer of {@link #receive} when nothing is there. */
  public static final int NOTHING = -1;

  /** The answer of {@link #send} when the datagram is in the receiver's queue. */
  public static final int SENT = 0;

  /** The answer of {@link #send} when there is no such file. */
  public static final int ENOENT = 2;

  /** The answer of {@link #send} when the receiver's queue is full. */
  public static final int EAGAIN = Libc.EAGAIN;

  /** The answer of {@link #send} when the file's permissions forbid it. */
  public static final int EACCES = 13;

  /** The answer of {@link #send} when the file is there, but nobody has the socket open. */
  public static final int ECONNREFUSED = 111;

  /** The most octets that a socket's path can have. */
  public static final int LONGEST_PATH = 107;

  private static final int AF_UNIX = 1;
  private static final int DATAGRAM_CLOEXEC_NONBLOCK = 2 | 0x80000 | 0x800;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int ADDRESS_OCTETS = 2 + LONGEST_PATH + 1;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment errno = Libc.errnoIn(arena);
  private final MemorySegment address = arena.allocate(ADDRESS_OCTETS);
  private final MemorySegment buffer;
  private final Path path;
  private final int descriptor;
  private boolean open = true;

  private UnixDatagram(Path path, int mode, int longest) {
    this.path = path;
    this.buffer = arena.allocate(longest);
    int made = -1;
    try {
      made = (int) Libc.SOCKET.invokeExact(errno, AF_UNIX, DATAGRAM_CLOEXEC_NONBLOCK, 0);
      check(made, "no socket for " + path);
      int length = address(path);
      check((int) Libc.BIND.invokeExact(errno, made, address, length), path + " can't be bound");
      MemorySegment name = address.asSlice(2);
      check((int) Libc.CHMOD.invokeExact(errno, name, mode), path + " can't be given its mode");
    } catch (ForeignException e) {
      if (made >= 0) {
        Descriptors.close(made);
      }
      arena.close();
      throw e;
    } catch (Throwable e) {
      throw Libc.unexpected(e);
    }
    descriptor = made;
  }

  /**
   * Makes one at a path; what lay there is removed.
   *
   * @param mode the socket's permissions, for instance 0660
   * @param longest the most octets of a datagram, sent or received
   * @throws ForeignException if the path is too long or can't be made
   */
  public static UnixDatagram bind(Path path, int mode, int longest) {
    int octets = path.toString().getBytes(StandardCharsets.UTF_8).length;
    if (octets > LONGEST_PATH) {
      throw new ForeignException(
          36,
          "the socket path "
              + path
              + " has "
              + octets
              + " octets; at most "
              + LONGEST_PATH
              + " are possible");
    }
    remove(path);
    return new UnixDatagram(path, mode, longest);
  }

  /** Returns the descriptor, for a {@link Poller}. */
  public int descriptor() {
    return descriptor;
  }

  /** Returns the path that it is bound to. */
  public Path path() {
    return path;
  }

  /**
   * Sends a datagram to whoever has a path now.
   *
   * @return {@link #SENT}, or the error's number as in errno(3)
   */
  public int send(byte[] datagram, Path to) {
    if (to.toString().getBytes(StandardCharsets.UTF_8).length > LONGEST_PATH) {
      return ENOENT;
    }
    MemorySegment.copy(datagram, 0, buffer, ValueLayout.JAVA_BYTE, 0, datagram.length);
    int length = address(to);
    long octets = datagram.length;
    long sent;
    try {
      sent =
          (long)
              Libc.SENDTO.invokeExact(
                  errno, descriptor, buffer, octets, MSG_NOSIGNAL, address, length);
    } catch (Throwable e) {
      throw Libc.unexpected(e);
    }
    return sent < 0 ? Libc.errno(errno) : SENT;
  }

  /**
   * Receives a datagram.
   *
   * @param datagram receives its octets
   * @return how many octets there are (a longer datagram is cut), or {@link #NOTHING}
   * @throws ForeignException if the socket is broken
   */
  public int receive(byte[] datagram) {
    long room = Math.min(datagram.length, buffer.byteSize());
    long octets;
    try {
      octets = (long) Libc.RECV.invokeExact(errno, descriptor, buffer, room, 0);
    } catch (Throwable e) {
      throw Libc.unexpected(e);
    }
    if (octets < 0) {
      int number = Libc.errno(errno);
      if (number == Libc.EAGAIN) {
        return NOTHING;
      }
      throw Libc.failure(number, path + " can't be read");
    }
    MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, 0, datagram, 0, (int) octets);
    return (int) octets;
  }

  /** Closes it and removes its path. */
  @Override
  public void close() {
    if (open) {
      open = false;
      Descriptors.close(descriptor);
      arena.close();
      remove(path);
    }
  }

  private int address(Path of) {
    byte[] octets = of.toString().getBytes(StandardCharsets.UTF_8);
    address.set(ValueLayout.JAVA_SHORT_UNALIGNED, 0, (short) AF_UNIX);
    MemorySegment.copy(octets, 0, address, ValueLayout.JAVA_BYTE, 2, octets.length);
    address.set(ValueLayout.JAVA_BYTE, 2L + octets.length, (byte) 0);
    return 2 + octets.length + 1;
  }

  private void check(int result, String what) {
    if (result < 0) {
      throw Libc.failure(Libc.errno(errno), what);
    }
  }

  private static void remove(Path path) {
    try {
      Files.deleteIfExists(path);
    } catch (java.io.IOException e) {
      throw new ForeignException(13, path + " is in the way and can't be removed: " + e);
    }
  }
}
