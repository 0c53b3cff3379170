package org.ktsn.foreign;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Waits for several descriptors at once (epoll), and for {@link #wake}. One thread waits; any
 * thread adds, removes and wakes.
 */
public final class Poller implements AutoCloseable {
  private static final int ROOM = 64;
  private static final long WOKEN = -1;

  private final int descriptor;
  private final EventDescriptor bell = new EventDescriptor();
  private final Arena arena = Arena.ofShared();
  private final MemorySegment tokens = arena.allocate(ValueLayout.JAVA_LONG, ROOM);
  private boolean open = true;

  private Poller() {
    try {
      descriptor = (int) KtsnLibrary.POLL_NEW.invokeExact();
    } catch (Throwable e) {
      throw KtsnLibrary.unexpected(e);
    }
    KtsnLibrary.check(descriptor);
    add(bell.descriptor(), WOKEN, false);
  }

  /** Makes one. */
  public static Poller open() {
    return new Poller();
  }

  /** Returns the epoll descriptor itself, so that another poller can wait on this one. */
  public int descriptor() {
    return descriptor;
  }

  /**
   * Waits on a descriptor for as long as something is there to read.
   *
   * @param token 0 or more; what {@link #await} answers for it
   */
  public void add(int descriptor, int token) {
    add(descriptor, token, false);
  }

  /** Waits on a descriptor for news only (edge-triggered): it need not be read. */
  public void addEdge(int descriptor, int token) {
    add(descriptor, token, true);
  }

  /** Waits on a descriptor no more. */
  public void remove(int fd) {
    int result;
    try {
      result = (int) KtsnLibrary.POLL_REMOVE.invokeExact(descriptor, fd);
    } catch (Throwable e) {
      throw KtsnLibrary.unexpected(e);
    }
    KtsnLibrary.check(result);
  }

  /**
   * Waits. Returns early after {@link #wake}, perhaps with nothing ready. Allocates nothing.
   *
   * @param ready filled with the tokens that are ready, up to its length and 64
   * @param timeoutNs at most this long; negative: for ever
   * @return how many are ready
   */
  public int awaitNs(int[] ready, long timeoutNs) {
    int n;
    try {
      n =
          (int)
              KtsnLibrary.POLL_WAIT.invokeExact(
                  descriptor, tokens.address(), Math.min(ROOM, ready.length + 1), timeoutNs);
    } catch (Throwable e) {
      throw KtsnLibrary.unexpected(e);
    }
    if (n < 0) {
      KtsnLibrary.check(n);
    }
    int count = 0;
    for (int i = 0; i < n; i++) {
      long token = tokens.getAtIndex(ValueLayout.JAVA_LONG, i);
      if (token == WOKEN) {
        bell.clear();
      } else if (count < ready.length) {
        ready[count++] = (int) token;
      }
    }
    return count;
  }

  /** Waits like {@link #awaitNs}, with a time limit in milliseconds. */
  public int await(int[] ready, int timeoutMs) {
    return awaitNs(ready, timeoutMs < 0 ? -1 : timeoutMs * 1_000_000L);
  }

  /** Ends the wait, or the next one. Any thread; never blocks. */
  public void wake() {
    bell.ring();
  }

  /** Returns an event descriptor that ends the wait, or the next one, when it is rung. */
  public int wakeDescriptor() {
    return bell.descriptor();
  }

  /** Closes it; nobody may wait on it any more. What was added stays open. */
  @Override
  public void close() {
    if (open) {
      open = false;
      Descriptors.close(descriptor);
      bell.close();
      arena.close();
    }
  }

  private void add(int fd, long token, boolean edge) {
    int result;
    try {
      result = (int) KtsnLibrary.POLL_ADD.invokeExact(descriptor, fd, token, edge ? 1 : 0);
    } catch (Throwable e) {
      throw KtsnLibrary.unexpected(e);
    }
    KtsnLibrary.check(result);
  }
}
