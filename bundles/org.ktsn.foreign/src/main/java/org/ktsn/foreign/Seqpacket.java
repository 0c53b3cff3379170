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
  private final long network;
  private final boolean passesDescriptors;
  private boolean open = true;
  private volatile boolean closed;

  Seqpacket(int descriptor, int process, int user, long network, boolean passesDescriptors) {
    this.descriptor = descriptor;
    this.process = process;
    this.user = user;
    this.network = network;
    this.passesDescriptors = passesDescriptors;
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

  /**
   * Returns the inode of the network namespace in which the peer's socket was made; 0 if it can't
   * be found out. It stays the same wherever the peer goes.
   */
  public long network() {
    return network;
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
   * Receives a message. A peer that sends descriptors along is treated as gone.
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

  /**
   * Closes it; never blocks. What the peer sent unread goes with it, and a descriptor among that
   * may take as long as the peer likes; where the kernel lets it send descriptors, another thread
   * waits.
   */
  @Override
  public void close() {
    if (!open) {
      return;
    }
    open = false;
    if (passesDescriptors) {
      Thread.ofPlatform().daemon().name("ktsn-close").start(this::closeNow);
    } else {
      closeNow();
    }
  }

  private void closeNow() {
    Descriptors.close(descriptor);
    closed = true;
  }

  /** Tells whether it is closed: soon after {@link #close}. Any thread. */
  public boolean isClosed() {
    return closed;
  }
}
