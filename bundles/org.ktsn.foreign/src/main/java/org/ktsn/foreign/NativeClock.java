package org.ktsn.foreign;

/** The kernel's CLOCK_TAI. */
public final class NativeClock {
  private NativeClock() {}

  /**
   * Returns the present instant in TAI nanoseconds. Some tens of nanoseconds; allocates nothing.
   */
  public static long taiNs() {
    try {
      return (long) KtsnLibrary.NOW.invokeExact();
    } catch (Throwable e) {
      throw KtsnLibrary.unexpected(e);
    }
  }

  /**
   * Adds so much to what planner and launcher take for the time: to try what a clock that is set
   * does, without setting the machine's.
   *
   * @param shiftNs 0 is the truth
   */
  public static void shift(long shiftNs) {
    try {
      KtsnLibrary.SHIFT_CLOCK.invokeExact(shiftNs);
    } catch (Throwable e) {
      throw KtsnLibrary.unexpected(e);
    }
  }
}
