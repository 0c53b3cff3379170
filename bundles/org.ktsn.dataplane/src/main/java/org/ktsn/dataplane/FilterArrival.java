package org.ktsn.dataplane;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.GateSchedule;

/**
 * Tells filters that come what there is already: link, schedule, pods, and the frames that have not
 * left, in the order in which they came. Where one of them keeps the planner, the next life goes on
 * behind it. Planner thread only; allocates, once for each row of filters.
 */
final class FilterArrival {
  private final FrameTable frames;
  private final PortModel link;
  private final List<FilterNews> news;
  private final FilterStep[] newcomers;
  private final long nowNs;

  /** Numbers of frames, by arrival. */
  private final int[] waiting;

  private int newcomer;
  private int heard;
  private int told;

  FilterArrival(
      FrameTable frames,
      PortModel link,
      GateSchedule schedule,
      Pod[] pods,
      FilterStep[] newcomers,
      long nowNs) {
    this.frames = frames;
    this.link = link;
    this.newcomers = newcomers;
    this.nowNs = nowNs;
    List<FilterNews> all = new ArrayList<>();
    all.add(FilterNews.link(link));
    all.add(FilterNews.schedule(schedule));
    for (Pod pod : pods) {
      if (pod != null) {
        all.add(FilterNews.opened(pod));
      }
    }
    news = all;
    waiting = newcomers.length == 0 ? new int[0] : waiting(frames);
  }

  /** Tells whether a frame waits, or is on its way out: those who heed its pod know of it. */
  private static boolean isWaiting(FrameTable frames, int frame) {
    byte state = frames.state(frame);
    return state == FrameTable.QUEUED
        || state == FrameTable.PARKED
        || state == FrameTable.COMMITTED;
  }

  private static int[] waiting(FrameTable frames) {
    long[] arrivals = new long[frames.used()];
    int count = 0;
    long first = Long.MAX_VALUE;
    for (int frame = 0; frame < frames.capacity(); frame++) {
      if (isWaiting(frames, frame)) {
        first = Math.min(first, frames.arrival(frame));
      }
    }
    // Sorted by arrival; the number of the frame is in the last bits.
    int bits = Long.SIZE - Long.numberOfLeadingZeros(frames.capacity());
    for (int frame = 0; frame < frames.capacity(); frame++) {
      if (isWaiting(frames, frame)) {
        arrivals[count++] = ((frames.arrival(frame) - first) << bits) | frame;
      }
    }
    Arrays.sort(arrivals, 0, count);
    int[] sorted = new int[count];
    for (int i = 0; i < count; i++) {
      sorted[i] = (int) (arrivals[i] & ((1L << bits) - 1));
    }
    return sorted;
  }

  /** Tells what has not been told yet. */
  void goOn() {
    while (newcomer < newcomers.length) {
      FilterStep step = newcomers[newcomer];
      if (heard == 0) {
        step.interest().begin();
      }
      while (heard < news.size()) {
        news.get(heard++).tell(step);
      }
      while (told < waiting.length) {
        waits(step, waiting[told++]);
      }
      newcomer++;
      heard = 0;
      told = 0;
    }
  }

  private void waits(FilterStep step, int frame) {
    if (step.interest().meetsWaiting(frame, frames.pod(frame), frames.isGone(frame))
        && step.takes(FilterCall.WAITS)) {
      step.tell(FilterCall.WAITS, frame, link, nowNs, null);
    }
  }
}
