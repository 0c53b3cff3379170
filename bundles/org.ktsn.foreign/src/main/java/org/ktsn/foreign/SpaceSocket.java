package org.ktsn.foreign;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What others wait on until there is space: a socket that is unwritable while a datagram of theirs
 * waits at this end, and writable for all who hold it as soon as this end is emptied, or closed
 * with its process.
 */
public final class SpaceSocket implements AutoCloseable {
  private final int given;
  private final int kept;
  private final boolean passesDescriptors;
  private volatile boolean open = true;

  /** Makes one; it is writable. */
  public SpaceSocket() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment ends = arena.allocate(ValueLayout.JAVA_INT, 2);
      int result;
      try {
        result = (int) KtsnLibrary.SPACE_NEW.invokeExact(ends.address());
      } catch (Throwable e) {
        throw KtsnLibrary.unexpected(e);
      }
      passesDescriptors = KtsnLibrary.check(result) != 0;
      given = ends.getAtIndex(ValueLayout.JAVA_INT, 0);
      kept = ends.getAtIndex(ValueLayout.JAVA_INT, 1);
    }
  }

  /** Returns the descriptor that others get. */
  public int descriptor() {
    return given;
  }

  /**
   * Takes the datagrams that say of themselves (in their first eight octets) that they belong to an
   * earlier round. Any thread; a few system calls, never blocks, allocates nothing; nothing happens
   * after {@link #close}.
   */
  public void empty(long round) {
    if (!open) {
      return;
    }
    int result;
    try {
      result = (int) KtsnLibrary.SPACE_EMPTY.invokeExact(kept, round);
    } catch (Throwable e) {
      throw KtsnLibrary.unexpected(e);
    }
    assert result == 0;
  }

  /**
   * Closes it, never blocks; where the kernel lets others send descriptors, another thread waits
   * until those are closed.
   */
  @Override
  public void close() {
    if (!open) {
      return;
    }
    open = false;
    Descriptors.close(given);
    if (passesDescriptors) {
      Thread.ofPlatform().daemon().name("ktsn-close").start(() -> Descriptors.close(kept));
    } else {
      Descriptors.close(kept);
    }
  }
}
