package org.ktsn.foreign;

/**
 * Plays the native side of a {@link Launcher} that no thread runs: what was published leaves at its
 * instant, in the order of submission, and no device sees it. For whoever exercises the planner's
 * side without a device. One thread, the one that submits.
 */
public final class LauncherStandIn {
  private static final int MASK = LauncherLayout.RING - 1;

  private final long base;
  private long done;

  /** Plays it for a launcher that is new, and must outlive this. */
  public LauncherStandIn(Launcher launcher) {
    base = launcher.address();
  }

  /** Has leave what is due at an instant, in TAI nanoseconds. */
  public void launchUntil(long nowNs) {
    long submitted = NativeMemory.getLongVolatile(base + LauncherLayout.SUBMITTED);
    while (done < submitted) {
      long from = LauncherLayout.SUBMISSIONS + (done & MASK) * (long) LauncherLayout.LAUNCH;
      long instantNs = NativeMemory.getLong(base + from + LauncherLayout.LAUNCH_INSTANT);
      if (instantNs > nowNs) {
        break;
      }
      complete(base + from, instantNs);
      done++;
      NativeMemory.putLongVolatile(base + LauncherLayout.COMPLETED, done);
    }
  }

  private void complete(long submission, long instantNs) {
    long entry =
        base + LauncherLayout.COMPLETIONS + (done & MASK) * (long) LauncherLayout.COMPLETION;
    int number = NativeMemory.getInt(submission + LauncherLayout.LAUNCH_NUMBER);
    NativeMemory.putInt(entry + LauncherLayout.COMPLETION_NUMBER, number);
    NativeMemory.putInt(entry + LauncherLayout.COMPLETION_OUTCOME, Launcher.SENT); // spun: 0
    NativeMemory.putLong(entry + LauncherLayout.COMPLETION_ACTUAL, instantNs);
    NativeMemory.putLong(entry + LauncherLayout.COMPLETION_INSTANT, instantNs);
  }
}
