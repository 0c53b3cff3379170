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
}
