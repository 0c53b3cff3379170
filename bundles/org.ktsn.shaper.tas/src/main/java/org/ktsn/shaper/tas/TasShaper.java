package org.ktsn.shaper.tas;

import org.ktsn.api.frame.Frames;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.schedule.GateTimeline;
import org.ktsn.api.shaper.Departure;
import org.ktsn.api.shaper.Shaper;

/**
 * The time-aware shaper: enhancements for scheduled traffic (IEEE 802.1Q-2022 8.6.8.4). Planner
 * thread only.
 *
 * <p>The first frame of a class is available at an instant if its launch time has come, the gate of
 * its class is open and the whole frame leaves the link before that gate closes. The class whose
 * first frame is available earliest is served; of several at the same instant, the highest. So a
 * class whose first frame does not fit lets others pass, while within a class nothing overtakes.
 * Nothing is preempted: a frame of a lower class that can start earlier does.
 *
 * <p>Only {@link #schedule} allocates.
 */
final class TasShaper implements Shaper {
  private static final int CLASSES = 8;

  private final Frames frames;
  private final boolean dropMissed;
  private final long maxLatenessNs;
  private final ClassQueue[] queues = new ClassQueue[CLASSES];
  private GateSchedule schedule;
  private GateTimeline timeline;
  private int queued;

  TasShaper(
      Frames frames,
      PortModel port,
      GateSchedule schedule,
      boolean dropMissed,
      long maxLatenessNs) {
    this.frames = frames;
    this.dropMissed = dropMissed;
    this.maxLatenessNs = maxLatenessNs;
    for (int trafficClass = 0; trafficClass < CLASSES; trafficClass++) {
      queues[trafficClass] = new ClassQueue(trafficClass, frames, port);
    }
    takeUp(schedule);
  }

  @Override
  public Verdict enqueue(int frame) {
    int trafficClass = frames.trafficClass(frame);
    int maxSdu = schedule.queueMaxSdu(trafficClass, frames.launchTimeNs(frame));
    return maxSdu != 0 && frames.sduOctets(frame) > maxSdu
        ? Verdict.OVERSIZE
        : add(frame, queues[trafficClass], schedule.operSinceNs());
  }

  @Override
  public boolean next(long startNs, long endNs, long[] overtakeLimitNs, Departure out) {
    long fromNs = Math.max(startNs, schedule.operSinceNs()); // what was before is not known
    ClassQueue best = null;
    long launchNs = NEVER;
    for (int trafficClass = CLASSES - 1; trafficClass >= 0; trafficClass--) {
      ClassQueue queue = queues[trafficClass];
      if (queue.size() == 0) {
        continue;
      }
      if (endNs == NEVER) {
        queue.linkFreeFrom(fromNs);
      }
      long windowNs = queue.windowNs(fromNs, timeline);
      if (windowNs == GateTimeline.NEVER) {
        out.drop(queue.first(), Verdict.NEVER_FITS);
        return true;
      }
      if (windowNs < launchNs
          && windowNs <= endNs - queue.durationNs()
          && frames.launchTimeNs(queue.first()) < overtakeLimitNs[trafficClass]) {
        best = queue;
        launchNs = windowNs;
      }
    }
    if (best == null) {
      return false;
    }
    long durationNs = best.durationNs();
    out.send(best.first(), launchNs, notAfterNs(best, launchNs, endNs), durationNs);
    return true;
  }

  @Override
  public void take(Departure departure) {
    ClassQueue queue = queues[frames.trafficClass(departure.frame)];
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

  @Override
  public Verdict missed(int frame, long nowNs) {
    return dropMissed
        ? Verdict.MISSED
        : add(frame, queues[frames.trafficClass(frame)], Math.max(nowNs, schedule.operSinceNs()));
  }

  @Override
  public void schedule(GateSchedule schedule) {
    takeUp(schedule);
  }

  @Override
  public int queued() {
    return queued;
  }

  @Override
  public int queued(int trafficClass) {
    return queues[trafficClass].size();
  }

  private Verdict add(int frame, ClassQueue queue, long fromNs) {
    if (!queue.fits(frame, fromNs, timeline)) {
      return Verdict.NEVER_FITS;
    }
    if (queue.isFull()) {
      return Verdict.QUEUE_FULL;
    }
    queue.add(frame);
    queued++;
    return Verdict.ACCEPTED;
  }

  /** The latest start from which the frame still ends with the gate open and the link free. */
  private long notAfterNs(ClassQueue queue, long launchNs, long endNs) {
    long closeNs = timeline.nextClose(queue.trafficClass(), launchNs);
    long lastStartNs = Math.min(closeNs, endNs) - queue.durationNs();
    return closeNs == GateTimeline.NEVER
        ? Math.min(lastStartNs, launchNs + maxLatenessNs)
        : lastStartNs;
  }

  private void takeUp(GateSchedule next) {
    schedule = next;
    timeline = new GateTimeline(next);
    for (ClassQueue queue : queues) {
      queue.replan();
    }
  }
}
