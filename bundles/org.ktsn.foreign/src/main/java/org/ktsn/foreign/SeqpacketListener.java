package org.ktsn.foreign;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Optional;

/** A listening Unix socket of packets (SOCK_SEQPACKET); non-blocking. */
public final class SeqpacketListener implements AutoCloseable {
  static final int PEER = 24;
  static final int PEER_NETWORK = 0;
  static final int PEER_PROCESS = 8;
  static final int PEER_USER = 12;
  static final int PEER_PASSES_DESCRIPTORS = 16;

  private static final int EAGAIN = 11;

  private final int descriptor;
  private boolean open = true;

  private SeqpacketListener(int descriptor) {
    this.descriptor = descriptor;
  }

  /**
   * Listens at a path; what lay there is removed.
   *
   * @param mode the socket's permissions, for instance 0666
   */
  public static SeqpacketListener listen(Path path, int mode) {
    try (Arena arena = Arena.ofConfined()) {
      int result;
      try {
        result =
            (int)
                KtsnLibrary.SEQPACKET_LISTEN.invokeExact(
                    arena.allocateFrom(path.toString()).address(), mode);
      } catch (Throwable e) {
        throw KtsnLibrary.unexpected(e);
      }
      return new SeqpacketListener(KtsnLibrary.check(result));
    }
  }

  /** Returns the descriptor, for a {@link Poller}. */
  public int descriptor() {
    return descriptor;
  }

  /**
   * Accepts a connection, if one waits.
   *
   * @throws ForeignException if this process has no descriptor left for it
   */
  public Optional<Seqpacket> accept() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment peer = arena.allocate(PEER, 8);
      int result;
      try {
        result = (int) KtsnLibrary.SEQPACKET_ACCEPT.invokeExact(descriptor, peer.address());
      } catch (Throwable e) {
        throw KtsnLibrary.unexpected(e);
      }
      if (result == -EAGAIN) {
        return Optional.empty();
      }
      return Optional.of(
          new Seqpacket(
              KtsnLibrary.check(result),
              peer.get(ValueLayout.JAVA_INT, PEER_PROCESS),
              peer.get(ValueLayout.JAVA_INT, PEER_USER),
              peer.get(ValueLayout.JAVA_LONG, PEER_NETWORK),
              peer.get(ValueLayout.JAVA_INT, PEER_PASSES_DESCRIPTORS) != 0));
    }
  }

  @Override
  public void close() {
    if (open) {
      open = false;
      Descriptors.close(descriptor);
    }
  }
}
