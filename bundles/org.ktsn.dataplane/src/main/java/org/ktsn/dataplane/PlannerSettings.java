package org.ktsn.dataplane;

import java.util.concurrent.TimeUnit;
import org.ktsn.foreign.NativeThread;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the planner is configured to do.
 *
 * @param horizonNs how long before its instant a frame is committed to the launcher
 * @param leadNs the least time between planning and launching
 * @param maxAheadNs how far in the future a launch time may lie
 * @param maxWaitNs how long after its launch time, or its arrival if that is later, a frame may
 *     leave
 * @param maxFrames how many frames are held in all
 * @param maxFramesPerPod how many frames of one pod are held
 * @param lateOnArrival what becomes of a datagram that was sent after its launch time
 * @param clockReportLimitNs how old a report on the clock may be before its monitor counts as stuck
 * @param cpu the planner's CPU, or -1
 * @param priority the planner's real-time priority, or a negative nice value, or 0
 */
record PlannerSettings(
    long horizonNs,
    long leadNs,
    long maxAheadNs,
    long maxWaitNs,
    int maxFrames,
    int maxFramesPerPod,
    LateOnArrival lateOnArrival,
    long clockReportLimitNs,
    int cpu,
    int priority) {
  private static final Logger LOG = LoggerFactory.getLogger(PlannerSettings.class);

  /**
   * Reads the configuration.
   *
   * @throws IllegalArgumentException if a value is out of its range; the message says which
   */
  static PlannerSettings of(DataplaneConfig config) {
    return new PlannerSettings(
        positive("launch.horizon.ns", config.launch_horizon_ns()),
        positive("launch.lead.ns", config.launch_lead_ns()),
        positive("max.ahead.s", config.max_ahead_s()) * 1_000_000_000L,
        TimeUnit.MILLISECONDS.toNanos(positive("max.wait.ms", config.max_wait_ms())),
        (int) positive("max.frames", config.max_frames()),
        (int) positive("max.frames.per.pod", config.max_frames_per_pod()),
        LateOnArrival.of(config.late_on_arrival()),
        TimeUnit.MILLISECONDS.toNanos(
            positive("clock.report.limit.ms", config.clock_report_limit_ms())),
        config.planner_cpu(),
        config.planner_priority());
  }

  static long positive(String name, long value) {
    if (value <= 0) {
      throw new IllegalArgumentException(name + " is " + value + "; give a positive number");
    }
    return value;
  }

  /** Has the calling thread run where the planner is to run, or anywhere if the system refuses. */
  void placeThread() {
    try {
      NativeThread.place(cpu, priority);
    } catch (RuntimeException e) {
      LOG.error("event=planner-not-placed reason=\"{}\"", e.getMessage());
    }
  }
}
