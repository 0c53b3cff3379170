package org.ktsn.foreign;

/**
 * The layout of {@code struct ktsn_launcher} and its entries, in octets.
 *
 * <pre>
 *    0 submitted     64 taken     128 completed     192 collected          (64 bits each, a cache line apart)
 *  256 asleep_until_ns  264 wake  268 command  272 drained  276 running
 *  280 margin_ns  288 spun_ns  296 slept_ns  304 bell  308 planner
 *  320 submission[4096]  of 64 octets: frame, port, instant, not-after, duration, number, length, queue,
 *                                           collected
 *      completion[4096]  of 32 octets: number, outcome and spun (16 bits each), actual, instant, frame
 * </pre>
 */
public final class LauncherLayout {
  /** Entries of either ring. */
  public static final int RING = 4096;

  /** Octets of a submission. */
  public static final int LAUNCH = 64;

  /** Octets of a completion. */
  public static final int COMPLETION = 32;

  static final int SUBMITTED = 0;
  static final int TAKEN = 64;
  static final int COMPLETED = 128;
  static final int COLLECTED = 192;
  static final int ASLEEP_UNTIL = 256;
  static final int COMMAND = 268;
  static final int DRAINED = 272;
  static final int RUNNING = 276;
  static final int MARGIN = 280;
  static final int SPUN = 288;
  static final int SLEPT = 296;
  static final int BELL = 304;
  static final int PLANNER = 308;
  static final int SUBMISSIONS = 320;
  static final int COMPLETIONS = SUBMISSIONS + RING * LAUNCH;
  static final int OCTETS = COMPLETIONS + RING * COMPLETION;

  static final int LAUNCH_FRAME = 0;
  static final int LAUNCH_PORT = 8;
  static final int LAUNCH_INSTANT = 16;
  static final int LAUNCH_NOT_AFTER = 24;
  static final int LAUNCH_DURATION = 32;
  static final int LAUNCH_NUMBER = 36;
  static final int LAUNCH_LENGTH = 40;
  static final int LAUNCH_QUEUE = 44;
  static final int LAUNCH_COLLECTED = 48;

  static final int COMPLETION_NUMBER = 0;
  static final int COMPLETION_OUTCOME = 4;
  static final int COMPLETION_SPUN = 6;
  static final int COMPLETION_ACTUAL = 8;
  static final int COMPLETION_INSTANT = 16;
  static final int COMPLETION_FRAME = 24;

  private LauncherLayout() {}
}
