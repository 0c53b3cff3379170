package org.ktsn.cli.testbed;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.ktsn.cli.CommandFailure;

/**
 * Which schedule suits a flow, and where in the schedule its launch times lie.
 *
 * @param anchorNs a good launch time; whole periods before and after it are as good
 * @param fits whether the launch times lie within open windows of the flow's class
 */
public record LaunchPlan(long anchorNs, boolean fits) {
  private static final long USUAL_CYCLE_NS = 1_000_000;
  private static final int CHECKED_LAUNCHES = 200;
  private static final int MOST_WINDOWS = 32;

  /**
   * Writes the usual schedule in the short form: two windows, the flow's class alone in the first
   * one. The cycle is a millisecond, or the flow's period where a millisecond does not divide it.
   *
   * @throws CommandFailure if the frames fill the link
   */
  public static String usualSchedule(Flow flow, long frameDurationNs) {
    long cycle = flow.periodNs() % USUAL_CYCLE_NS == 0 ? USUAL_CYCLE_NS : flow.periodNs();
    long window = Math.max(cycle * 3 / 10, 2 * frameDurationNs);
    if (window > cycle * 8 / 10) {
      throw new CommandFailure(
          "A frame of "
              + flow.frameOctets()
              + " octets takes "
              + frameDurationNs
              + " ns of the link; one every "
              + flow.periodNs() / 1000
              + " us leaves no room for other traffic. Give a smaller --size or a longer"
              + " --period-us.");
    }
    String others =
        IntStream.rangeClosed(0, 7)
            .filter(c -> c != flow.trafficClass())
            .mapToObj(Integer::toString)
            .collect(Collectors.joining(","));
    return "T "
        + duration(window)
        + " "
        + flow.trafficClass()
        + "; B "
        + duration(cycle - window)
        + " "
        + (flow.trafficClass() == 7 ? "0-6" : others);
  }

  /**
   * Chooses where the flow's launch times lie: a tenth into a window of its class, so that a frame
   * may be a little late and still leave in it.
   *
   * @param fromNs the plan holds from this instant on
   */
  public static LaunchPlan of(WindowJudge judge, Flow flow, long frameDurationNs, long fromNs) {
    int trafficClass = flow.trafficClass();
    long best = 0;
    int bestInside = -1;
    // A window that is open already may be about to close: begin behind it.
    long rest = judge.openForNs(trafficClass, fromNs);
    long at = rest == Long.MAX_VALUE ? fromNs : fromNs + rest;
    for (int window = 0; window < MOST_WINDOWS && bestInside < CHECKED_LAUNCHES; window++) {
      long open = judge.nextOpen(trafficClass, at, frameDurationNs);
      long length = judge.openForNs(trafficClass, open);
      long launch = length == Long.MAX_VALUE ? open : open + (length - frameDurationNs) / 10;
      int inside = inside(judge, flow, frameDurationNs, launch);
      if (inside > bestInside) {
        best = launch;
        bestInside = inside;
      }
      if (length == Long.MAX_VALUE) {
        break;
      }
      at = open + length;
    }
    return new LaunchPlan(best, bestInside == CHECKED_LAUNCHES);
  }

  /** Returns the first launch of the flow that lies at or after an instant. */
  public long firstLaunchNs(Flow flow, long atOrAfterNs) {
    return atOrAfterNs + Math.floorMod(anchorNs - atOrAfterNs, flow.periodNs());
  }

  private static int inside(WindowJudge judge, Flow flow, long frameDurationNs, long launchNs) {
    int inside = 0;
    for (int i = 0; i < CHECKED_LAUNCHES; i++) {
      if (judge.open(flow.trafficClass(), launchNs + i * flow.periodNs(), frameDurationNs)) {
        inside++;
      }
    }
    return inside;
  }

  private static String duration(long nanoseconds) {
    return nanoseconds % 1000 == 0 ? nanoseconds / 1000 + "us" : nanoseconds + "ns";
  }
}
