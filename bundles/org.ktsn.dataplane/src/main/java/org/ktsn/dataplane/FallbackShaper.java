package org.ktsn.dataplane;

import org.ktsn.api.frame.Frames;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.schedule.GateTimeline;
import org.ktsn.api.shaper.Departure;
import org.ktsn.api.shaper.LaunchQueue;
import org.ktsn.api.shaper.Shaper;

/**
 * What shapes while no shaper is installed, or after one has failed: strict priority (IEEE
 * 802.1Q-2022 8.6.8.1) inside the gates (8.6.8.4). Planner thread only.
 *
 * <p>The first frame of a class is available at an instant if its launch time has come, the gate of
 * its class is open and the whole frame leaves the link before that gate closes. The class whose
 * first frame is available earliest is served; of several at the same instant, the highest. Nothing
 * is remembered between two questions but the frames. Only {@link #schedule} allocates.
 */
final class FallbackShaper implements Shaper {
  private static final int CLASSES = 8;

  /** How late a frame may leave whose gate never closes. */
  private static final long MAX_LATENESS_NS = 10_000_000;

  private final Frames frames;
  private final PortModel port;
  private final LaunchQueue[] queues = new LaunchQueue[CLASSES];
  private int queued;
  private GateSchedule schedule;
  private GateTimeline timeline;

  FallbackShaper(Frames frames, PortModel port, GateSchedule schedule) {
    this.frames = frames;
    this.port = port;
    this.schedule = schedule;
    timeline = new GateTimeline(schedule);
    for (int trafficClass = 0; trafficClass < CLASSES; trafficClass++) {
      queues[trafficClass] = new LaunchQueue(frames);
    }
  }

  @Override
  public Verdict enqueue(int frame) {
    int maxSdu = schedule.queueMaxSdu(frames.trafficClass(frame), frames.launchTimeNs(frame));
    return maxSdu != 0 && frames.sduOctets(frame) > maxSdu
        ? Verdict.OVERSIZE
        : add(frame, schedule.operSinceNs());
  }

  @Override
  public boolean next(long startNs, long endNs, long[] overtakeLimitNs, Departure out) {
    long fromNs = Math.max(startNs, schedule.operSinceNs()); // what was before is not known
    int best = -1;
    long launchNs = NEVER;
    for (int trafficClass = CLASSES - 1; trafficClass >= 0; trafficClass--) {
      LaunchQueue queue = queues[trafficClass];
      if (queue.size() == 0) {
        continue;
      }
      if (endNs == NEVER) {
        queue.linkFreeFrom(fromNs);
      }
      int frame = queue.first();
      long windowNs = windowNs(frame, fromNs);
      if (windowNs == GateTimeline.NEVER) {
        out.drop(frame, Verdict.NEVER_FITS);
        return true;
      }
      if (windowNs < launchNs
          && windowNs <= endNs - durationNs(frame)
          && frames.launchTimeNs(frame) < overtakeLimitNs[trafficClass]) {
        best = frame;
        launchNs = windowNs;
      }
    }
    if (best < 0) {
      return false;
    }
    out.send(best, launchNs, notAfterNs(best, launchNs, endNs), durationNs(best));
    return true;
  }

  @Override
  public void take(Departure departure) {
    LaunchQueue queue = queues[frames.trafficClass(departure.frame)];
    if (queue.size() == 0 || queue.first() != departure.frame) {
      throw new IllegalStateException(
          "frame " + departure.frame + " is not the next of its class; take what next() found");
    }
    if (departure.verdict == Verdict.ACCEPTED) {
      queue.removeFirst(departure.launchNs + departure.durationNs);
    } else {
      queue.removeFirst();
    }
    queued--;
  }

  /** Queues the frame for its next window; its size was judged when it came. */
  @Override
  public Verdict missed(int frame, long nowNs) {
    return add(frame, Math.max(nowNs, schedule.operSinceNs()));
  }

  @Override
  public void schedule(GateSchedule next) {
    schedule = next;
    timeline = new GateTimeline(next);
  }

  @Override
  public int queued() {
    return queued;
  }

  @Override
  public int queued(int trafficClass) {
    return queues[trafficClass].size();
  }

  private Verdict add(int frame, long fromNs) {
    LaunchQueue queue = queues[frames.trafficClass(frame)];
    if (windowNs(frame, fromNs) == GateTimeline.NEVER) {
      return Verdict.NEVER_FITS;
    }
    if (queue.isFull()) {
      return Verdict.QUEUE_FULL;
    }
    queue.add(frame);
    queued++;
    return Verdict.ACCEPTED;
  }

  /** Returns a frame's earliest start with the link free from an instant on. */
  private long windowNs(int frame, long fromNs) {
    long earliestNs =
        frames.deadlineMode(frame) ? fromNs : Math.max(fromNs, frames.launchTimeNs(frame));
    return timeline.nextWindow(frames.trafficClass(frame), earliestNs, durationNs(frame));
  }

  /** The latest start from which the frame still ends with the gate open and the link free. */
  private long notAfterNs(int frame, long launchNs, long endNs) {
    long closeNs = timeline.nextClose(frames.trafficClass(frame), launchNs);
    long lastStartNs = Math.min(closeNs, endNs) - durationNs(frame);
    return closeNs == GateTimeline.NEVER
        ? Math.min(lastStartNs, launchNs + MAX_LATENESS_NS)
        : lastStartNs;
  }

  private long durationNs(int frame) {
    return port.durationNs(frames.linkFrameOctets(frame));
  }
}
