package org.ktsn.foreign;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The kernel's clocks side by side, and its idea of TAI - UTC. Reads only: nothing here can set a
 * clock. One thread at a time.
 *
 * <pre>
 * struct timex (208 octets)
 *     0  modes   u32   0: read only
 *   160  tai     s32   TAI - UTC in seconds, 0 until somebody sets it
 * </pre>
 */
public final class SystemClocks implements AutoCloseable {
  private static final int CLOCK_REALTIME = 0;
  private static final int CLOCK_MONOTONIC = 1;
  private static final int CLOCK_TAI = 11;
  private static final int TRIES = 5;
  private static final int TIMEX_OCTETS = 208;
  private static final long TIMEX_TAI = 160;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment errno = Libc.errnoIn(arena);
  private final MemorySegment time = arena.allocate(ValueLayout.JAVA_LONG, 2);
  private final MemorySegment timex = arena.allocate(TIMEX_OCTETS, 8);

  /**
   * One look at all clocks.
   *
   * @param monotonicNs CLOCK_MONOTONIC at the moment of the look
   * @param taiNs CLOCK_TAI at that moment
   * @param realtimeNs CLOCK_REALTIME at that moment, within some microseconds
   * @param widthNs how long the look at CLOCK_TAI took at most: how exact the pair of the first two
   *     is
   * @param taiOffsetS TAI - UTC as the kernel holds it
   */
  public record Reading(
      long monotonicNs, long taiNs, long realtimeNs, long widthNs, int taiOffsetS) {}

  /** Looks at the clocks: several times, and answers the look that was disturbed the least. */
  public Reading read() {
    Reading best = look();
    for (int i = 1; i < TRIES; i++) {
      Reading next = look();
      if (next.widthNs() < best.widthNs()) {
        best = next;
      }
    }
    return best;
  }

  private Reading look() {
    long before = nanoseconds(CLOCK_MONOTONIC);
    long tai = nanoseconds(CLOCK_TAI);
    long after = nanoseconds(CLOCK_MONOTONIC);
    long realtime = nanoseconds(CLOCK_REALTIME);
    return new Reading(
        before + (after - before) / 2, tai, realtime, after - before, kernelTaiOffsetS());
  }

  private long nanoseconds(int clock) {
    int result;
    try {
      result = (int) Libc.CLOCK_GETTIME.invokeExact(errno, clock, time);
    } catch (Throwable e) {
      throw Libc.unexpected(e);
    }
    if (result != 0) {
      throw Libc.failure(Libc.errno(errno), "clock " + clock + " can't be read");
    }
    return time.getAtIndex(ValueLayout.JAVA_LONG, 0) * 1_000_000_000L
        + time.getAtIndex(ValueLayout.JAVA_LONG, 1);
  }

  private int kernelTaiOffsetS() {
    timex.fill((byte) 0);
    int state;
    try {
      state = (int) Libc.ADJTIMEX.invokeExact(errno, timex);
    } catch (Throwable e) {
      throw Libc.unexpected(e);
    }
    if (state < 0) {
      throw Libc.failure(Libc.errno(errno), "the kernel's TAI offset can't be read");
    }
    return timex.get(ValueLayout.JAVA_INT, TIMEX_TAI);
  }

  @Override
  public void close() {
    arena.close();
  }
}
