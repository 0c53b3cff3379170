package org.ktsn.foreign;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A connected Unix socket of packets; non-blocking. One thread at a time. */
public final class Seqpacket implements AutoCloseable {
  /** The answer of {@link #receive} when nothing is there. */
  public static final int NOTHING = -1;

  /** The answer of {@link #receive} when the peer is gone. */
  public static final int GONE = 0;

  private static final int EAGAIN = 11;

  private final int descriptor;
  private final int process;
  private final int user;
  private boolean open = true;

  Seqpacket(int descriptor, int process, int user) {
    this.descriptor = descriptor;
    this.process = process;
    this.user = user;
  }

  /** Returns the descriptor, for a {@link Poller}. */
  public int descriptor() {
    return descriptor;
  }

  /** Returns the peer's process, as the kernel says; 0 if it can't be seen from here. */
  public int process() {
    return process;
  }

  /** Returns the peer's user, as the kernel says. */
  public int user() {
    return user;
  }

  /** Sends a message with descriptors, at most 8. */
  public void send(MemorySegment message, int... descriptors) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment list = arena.allocateFrom(ValueLayout.JAVA_INT, descriptors);
      int result;
      try {
        result =
            (int)
                KtsnLibrary.SEQPACKET_SEND.invokeExact(
                    descriptor,
                    message.address(),
                    (int) message.byteSize(),
                    list.address(),
                    descriptors.length);
      } catch (Throwable e) {
        throw KtsnLibrary.unexpected(e);
      }
      KtsnLibrary.check(result);
    }
  }

  /**
   * Receives a message; descriptors that came with it are closed.
   *
   * @return its octets (a longer one is cut), {@link #GONE} or {@link #NOTHING}
   */
  public int receive(MemorySegment buffer) {
    int result;
    try {
      result =
          (int)
              KtsnLibrary.SEQPACKET_RECEIVE.invokeExact(
                  descriptor, buffer.address(), (int) buffer.byteSize());
    } catch (Throwable e) {
      throw KtsnLibrary.unexpected(e);
    }
    if (result == -EAGAIN) {
      return NOTHING;
    }
    return result < 0 ? GONE : result;
  }

  @Override
  public void close() {
    if (open) {
      open = false;
      Descriptors.close(descriptor);
    }
  }
}
