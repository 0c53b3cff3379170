package org.ktsn.foreign;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Optional;

/** A listening Unix socket of packets (SOCK_SEQPACKET); non-blocking. */
public final class SeqpacketListener implements AutoCloseable {
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

  /** Accepts a connection, if one waits. */
  public Optional<Seqpacket> accept() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment credentials = arena.allocate(ValueLayout.JAVA_INT, 2);
      int result;
      try {
        result =
            (int)
                KtsnLibrary.SEQPACKET_ACCEPT.invokeExact(
                    descriptor, credentials.address(), credentials.address() + 4);
      } catch (Throwable e) {
        throw KtsnLibrary.unexpected(e);
      }
      if (result == -EAGAIN) {
        return Optional.empty();
      }
      return Optional.of(
          new Seqpacket(
              KtsnLibrary.check(result),
              credentials.getAtIndex(ValueLayout.JAVA_INT, 0),
              credentials.getAtIndex(ValueLayout.JAVA_INT, 1)));
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
