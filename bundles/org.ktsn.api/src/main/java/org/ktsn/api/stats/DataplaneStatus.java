package org.ktsn.api.stats;

import java.util.List;
import java.util.Map;

/**
 * A snapshot of the data plane's counters, for people and metrics.
 *
 * @param shaper the active shaper's name
 * @param shaperSwaps how often another shaper was taken up
 * @param shaperFailures how often a shaper failed and the fallback stood in for it
 * @param port the active port's name, empty if there is none
 * @param received datagrams taken from pods
 * @param sent frames handed to the port
 * @param late frames that left after their planned instant's window was missed and that were dated
 *     anew
 * @param queued frames that wait with the shaper
 * @param committed frames that wait with the launcher
 * @param queuedByClass frames that wait with the shaper, eight values
 * @param sentByClass frames sent, eight values
 * @param drops dropped frames by reason, only reasons that occurred
 * @param txErrorNs the distribution of (actual - planned) launch instants since the start
 * @param plannerLatenessNs the distribution of how long after its planned wake-up the planner was
 *     at work; what exceeds the launch horizon makes frames late
 * @param spun of the frames sent, those whose instant the launcher met by spinning; the others left
 *     by timer, or later
 * @param launcherMarginNs how long before an instant the launcher stops sleeping and spins, at
 *     present
 * @param freeFrames frame buffers that are free
 * @param clock what is done about the quality of the clock
 */
public record DataplaneStatus(
    String shaper,
    long shaperSwaps,
    long shaperFailures,
    String port,
    long received,
    long sent,
    long late,
    int queued,
    int committed,
    List<Integer> queuedByClass,
    List<Long> sentByClass,
    Map<String, Long> drops,
    Quantiles txErrorNs,
    Quantiles plannerLatenessNs,
    long spun,
    long launcherMarginNs,
    int freeFrames,
    ClockEffect clock) {

  /**
   * Some quantiles of a distribution of nanoseconds.
   *
   * @param count how many values
   * @param p50 the median
   * @param p90 the 90th percentile
   * @param p99 the 99th percentile
   * @param p999 the 99.9th percentile
   * @param max the largest value
   */
  public record Quantiles(long count, long p50, long p90, long p99, long p999, long max) {}
}
