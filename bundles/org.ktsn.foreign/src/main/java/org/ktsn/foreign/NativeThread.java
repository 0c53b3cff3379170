package org.ktsn.foreign;

/** Where a thread runs, and how urgently. */
public final class NativeThread {
  private NativeThread() {}

  /**
   * Pins the calling thread and sets its priority.
   *
   * @param cpu the CPU, or -1 to leave it unpinned
   * @param priority the SCHED_FIFO priority, 1 to 99; or a nice value, -20 to -1; or 0 to leave it
   *     as it is
   * @throws ForeignException with the remedy, if the system refuses
   */
  public static void place(int cpu, int priority) {
    int result;
    try {
      result = (int) KtsnLibrary.THREAD_PLACE.invokeExact(cpu, priority);
    } catch (Throwable e) {
      throw KtsnLibrary.unexpected(e);
    }
    KtsnLibrary.check(result);
  }

  /** Returns the calling thread's number, as the system counts threads. */
  public static int id() {
    try {
      return (int) KtsnLibrary.THREAD_ID.invokeExact();
    } catch (Throwable e) {
      throw KtsnLibrary.unexpected(e);
    }
  }

  /**
   * Has another thread run only while nothing else wants the CPU. One that has ended is let be.
   *
   * @param id its number, as the system counts threads
   */
  public static void demote(int id) {
    try {
      KtsnLibrary.THREAD_DEMOTE.invokeExact(id);
    } catch (Throwable e) {
      throw KtsnLibrary.unexpected(e);
    }
  }
}
