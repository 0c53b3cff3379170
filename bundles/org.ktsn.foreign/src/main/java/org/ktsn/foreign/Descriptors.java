package org.ktsn.foreign;

/** File descriptors, as plain numbers. */
public final class Descriptors {
  private Descriptors() {}

  /** Closes a descriptor; an error changes nothing for the caller and is not told. */
  public static void close(int descriptor) {
    try {
      int ignored = (int) KtsnLibrary.CLOSE.invokeExact(descriptor);
      assert ignored <= 0;
    } catch (Throwable e) {
      throw KtsnLibrary.unexpected(e);
    }
  }

  /** Wakes so many who wait on a futex in shared memory. One system call; allocates nothing. */
  public static void wakeFutex(long address, int count) {
    try {
      int woken = (int) KtsnLibrary.FUTEX_WAKE.invokeExact(address, count);
      assert woken >= -38;
    } catch (Throwable e) {
      throw KtsnLibrary.unexpected(e);
    }
  }
}
