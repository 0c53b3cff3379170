package org.ktsn.foreign;

/**
 * The native launcher's memory: a ring of submissions, a ring of completions, and its state.
 *
 * <p>One thread, the planner, calls {@link #submit} and {@link #collect}; one thread is in {@link
 * #run}. Neither allocates. Positions only grow; an entry belongs to the launcher between
 * submission and completion.
 */
public final class Launcher implements LaunchRing, AutoCloseable {
  /** The frame was handed to the device. */
  public static final int SENT = 0;

  /** Not sent: its last instant had passed. */
  public static final int MISSED = 1;

  /** Not sent: the device took nothing. */
  public static final int REFUSED = 2;

  /** Not sent: everything was called back, or one before it in its queue was missed. */
  public static final int RETURNED = 3;

  private static final int RETURN_ALL = 1;
  private static final int STOP = 2;
  private static final int MASK = LauncherLayout.RING - 1;

  private final long base;
  private long submitted;
  private long published;
  private long unpublishedFromNs = Long.MAX_VALUE;
  private long collected;
  private long current;

  /** Makes the memory. */
  public Launcher() {
    try {
      base = (long) KtsnLibrary.LAUNCHER_NEW.invokeExact();
    } catch (Throwable e) {
      throw KtsnLibrary.unexpected(e);
    }
    if (base == 0) {
      throw new ForeignException(12, "no memory for the launcher; it needs 400 KiB");
    }
  }

  /**
   * Sends what is submitted until {@link #stop}; give it a thread of its own. No safepoint touches
   * it.
   *
   * @param cpu the CPU to run on, or -1
   * @param priority the real-time priority, or 0
   * @param marginMinNs the least time to spin before an instant
   * @param marginMaxNs the most
   * @param restNs how long a real-time launcher rests that has not slept for 2 ms, because frames
   *     follow each other without a gap; 0 if it has its CPU for itself
   * @param spinPermille how much of the time it may spin, less what the planner works meanwhile,
   *     and for the highest queues first; 1,000 if it has its CPU for itself. What that does not
   *     cover leaves by timer
   */
  public void run(
      int cpu, int priority, long marginMinNs, long marginMaxNs, long restNs, int spinPermille) {
    int result;
    try {
      result =
          (int)
              KtsnLibrary.LAUNCHER_RUN.invokeExact(
                  base, cpu, priority, marginMinNs, marginMaxNs, restNs, spinPermille);
    } catch (Throwable e) {
      throw KtsnLibrary.unexpected(e);
    }
    KtsnLibrary.check(result);
  }

  /** Returns where the memory is. */
  long address() {
    return base;
  }

  @Override
  public int outstanding() {
    return (int) (submitted - collected);
  }

  @Override
  public boolean hasRoom() {
    return submitted - collected < LauncherLayout.RING;
  }

  @Override
  public void submit(
      long frame,
      long port,
      long instantNs,
      long notAfterNs,
      int durationNs,
      int number,
      int lengthOctets,
      int queue) {
    assert hasRoom() : "the launch ring is full";
    long entry =
        base + LauncherLayout.SUBMISSIONS + (submitted & MASK) * (long) LauncherLayout.LAUNCH;
    NativeMemory.putLong(entry + LauncherLayout.LAUNCH_FRAME, frame);
    NativeMemory.putLong(entry + LauncherLayout.LAUNCH_PORT, port);
    NativeMemory.putLong(entry + LauncherLayout.LAUNCH_INSTANT, instantNs);
    NativeMemory.putLong(entry + LauncherLayout.LAUNCH_NOT_AFTER, notAfterNs);
    NativeMemory.putInt(entry + LauncherLayout.LAUNCH_DURATION, durationNs);
    NativeMemory.putInt(entry + LauncherLayout.LAUNCH_NUMBER, number);
    NativeMemory.putInt(entry + LauncherLayout.LAUNCH_LENGTH, lengthOctets);
    NativeMemory.putInt(entry + LauncherLayout.LAUNCH_QUEUE, queue);
    NativeMemory.putLong(entry + LauncherLayout.LAUNCH_COLLECTED, collected);
    submitted++;
    unpublishedFromNs = Math.min(unpublishedFromNs, instantNs);
  }

  @Override
  public void publish() {
    if (published == submitted) {
      return;
    }
    long fromNs = unpublishedFromNs;
    published = submitted;
    unpublishedFromNs = Long.MAX_VALUE;
    // volatile: the launcher's announcement of its sleep is read after this is seen
    NativeMemory.putLongVolatile(base + LauncherLayout.SUBMITTED, submitted);
    long spinNs = NativeMemory.getLong(base + LauncherLayout.MARGIN);
    if (NativeMemory.getLongVolatile(base + LauncherLayout.ASLEEP_UNTIL) > fromNs - spinNs) {
      wake();
    }
  }

  @Override
  public long unpublishedFromNs() {
    return unpublishedFromNs;
  }

  @Override
  public boolean givesBack() {
    long completed = NativeMemory.getLongAcquire(base + LauncherLayout.COMPLETED);
    if (completed == collected) {
      return false;
    }
    int last = NativeMemory.getShort(completion(completed - 1) + LauncherLayout.COMPLETION_OUTCOME);
    return last == MISSED || last == RETURNED;
  }

  /** Has an event descriptor rung when frames are missed. Before {@link #run}. */
  public void ringWhenMissed(int descriptor) {
    NativeMemory.putIntVolatile(base + LauncherLayout.BELL, descriptor);
  }

  @Override
  public boolean collect() {
    if (NativeMemory.getLongAcquire(base + LauncherLayout.COMPLETED) == collected) {
      return false;
    }
    current = completion(collected);
    collected++;
    return true;
  }

  private long completion(long position) {
    return base + LauncherLayout.COMPLETIONS + (position & MASK) * (long) LauncherLayout.COMPLETION;
  }

  @Override
  public int number() {
    return NativeMemory.getInt(current + LauncherLayout.COMPLETION_NUMBER);
  }

  @Override
  public int outcome() {
    return NativeMemory.getShort(current + LauncherLayout.COMPLETION_OUTCOME);
  }

  @Override
  public boolean spun() {
    return NativeMemory.getShort(current + LauncherLayout.COMPLETION_SPUN) != 0;
  }

  @Override
  public long actualNs() {
    return NativeMemory.getLong(current + LauncherLayout.COMPLETION_ACTUAL);
  }

  @Override
  public void plannedBy(int threadId) {
    NativeMemory.putIntVolatile(base + LauncherLayout.PLANNER, threadId);
  }

  @Override
  public void returnAll() {
    publish();
    command(RETURN_ALL);
  }

  /** Returns how often {@link #returnAll} was carried out. Any thread. */
  public int drained() {
    return NativeMemory.getIntVolatile(base + LauncherLayout.DRAINED);
  }

  /** Ends {@link #run}; what waits is given back. Any thread. */
  public void stop() {
    command(STOP);
  }

  /** Tells whether a thread is in {@link #run}. Any thread. */
  public boolean isRunning() {
    return NativeMemory.getIntVolatile(base + LauncherLayout.RUNNING) != 0;
  }

  /** Returns how long before an instant the launcher stops sleeping, at present. Any thread. */
  public long marginNs() {
    return NativeMemory.getLongVolatile(base + LauncherLayout.MARGIN);
  }

  /** Returns the time spent spinning, in all. Any thread. */
  public long spunNs() {
    return NativeMemory.getLongVolatile(base + LauncherLayout.SPUN);
  }

  /** Gives the memory back; no thread may be in {@link #run}, none may call anything afterwards. */
  @Override
  public void close() {
    if (isRunning()) {
      throw new IllegalStateException("the launcher still runs; stop it first");
    }
    try {
      KtsnLibrary.LAUNCHER_FREE.invokeExact(base);
    } catch (Throwable e) {
      throw KtsnLibrary.unexpected(e);
    }
  }

  private void command(int command) {
    NativeMemory.putIntVolatile(base + LauncherLayout.COMMAND, command);
    wake();
  }

  private void wake() {
    try {
      KtsnLibrary.LAUNCHER_WAKE.invokeExact(base);
    } catch (Throwable e) {
      throw KtsnLibrary.unexpected(e);
    }
  }
}
