package org.example.shaper.ats;

import org.ktsn.api.frame.Frames;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.schedule.GateTimeline;
import org.ktsn.api.shaper.Departure;
import org.ktsn.api.shaper.LaunchQueue;
import org.ktsn.api.shaper.Shaper;

/**
 * Asynchronous traffic shaping (IEEE 802.1Q-2022 8.6.8.5) behind gates, a token bucket a class.
 * Planner thread only; nothing but {@link #schedule} allocates.
 *
 * <p>A frame arrives at its launch time, or in deadline mode as soon as it can leave; from then on
 * it waits for its tokens. It is given its eligibility time when it is the first of its class, for
 * an earlier one may still come. Of the classes' first frames the one leaves that can start
 * earliest, of several the one of the highest class. A frame that would wait too long for its
 * tokens is dropped.
 */
final class AtsShaper implements Shaper {
  private static final int CLASSES = 8;

  private final Frames frames;
  private final PortModel port;
  private final TokenBucket[] buckets;
  private final long maxResidenceNs;
  private final LaunchQueue[] queues = new LaunchQueue[CLASSES];
  private GateSchedule schedule;
  private GateTimeline timeline;

  /**
   * Makes a shaper without frames.
   *
   * @param buckets one for each of the eight classes, of this shaper alone
   */
  AtsShaper(
      Frames frames,
      PortModel port,
      GateSchedule schedule,
      TokenBucket[] buckets,
      long maxResidenceNs) {
    this.frames = frames;
    this.port = port;
    this.buckets = buckets;
    this.maxResidenceNs = maxResidenceNs;
    for (int trafficClass = 0; trafficClass < CLASSES; trafficClass++) {
      queues[trafficClass] = new LaunchQueue(frames);
    }
    this.schedule = schedule;
    timeline = new GateTimeline(schedule);
  }

  @Override
  public Verdict enqueue(int frame) {
    int trafficClass = frames.trafficClass(frame);
    int maxSdu = schedule.queueMaxSdu(trafficClass, frames.launchTimeNs(frame));
    if (maxSdu != 0 && frames.sduOctets(frame) > maxSdu) {
      return Verdict.OVERSIZE;
    }
    if (queues[trafficClass].isFull()) {
      return Verdict.QUEUE_FULL;
    }
    queues[trafficClass].add(frame);
    return Verdict.ACCEPTED;
  }

  @Override
  public boolean next(long startNs, long endNs, long[] overtakeLimitNs, Departure out) {
    long fromNs = Math.max(startNs, schedule.operSinceNs()); // gates before that are not known
    long earliestNs = NEVER;
    for (int trafficClass = CLASSES - 1; trafficClass >= 0; trafficClass--) {
      if (queues[trafficClass].size() == 0) {
        continue;
      }
      int frame = queues[trafficClass].first();
      long launchTimeNs = frames.launchTimeNs(frame);
      if (eligibilityTimeNs(frame, launchTimeNs) > launchTimeNs + maxResidenceNs) {
        out.drop(frame, Verdict.MISSED);
        return true;
      }
      long arrivalNs = frames.deadlineMode(frame) ? fromNs : launchTimeNs;
      long availableNs = Math.max(fromNs, eligibilityTimeNs(frame, arrivalNs));
      long durationNs = port.durationNs(frames.linkFrameOctets(frame));
      long launchNs = timeline.nextWindow(trafficClass, availableNs, durationNs);
      if (launchNs == GateTimeline.NEVER) {
        out.drop(frame, Verdict.NEVER_FITS);
        return true;
      }
      if (launchNs < earliestNs
          && launchNs <= endNs - durationNs
          && launchTimeNs < overtakeLimitNs[trafficClass]) {
        earliestNs = launchNs;
        long closeNs = Math.min(endNs, timeline.nextClose(trafficClass, launchNs));
        long notAfterNs = Math.min(closeNs - durationNs, launchNs + maxResidenceNs);
        out.send(frame, launchNs, notAfterNs, durationNs);
      }
    }
    return earliestNs != NEVER;
  }

  @Override
  public void take(Departure departure) {
    int frame = departure.frame;
    int trafficClass = frames.trafficClass(frame);
    if (queues[trafficClass].size() == 0 || queues[trafficClass].first() != frame) {
      throw new IllegalStateException(
          "frame " + frame + " is not the next of its class; take what next() found");
    }
    if (departure.verdict != Verdict.ACCEPTED) {
      queues[trafficClass].removeFirst();
    } else {
      queues[trafficClass].removeFirst(departure.launchNs + departure.durationNs);
      long arrivalNs = frames.deadlineMode(frame) ? departure.launchNs : frames.launchTimeNs(frame);
      buckets[trafficClass].take(eligibilityTimeNs(frame, arrivalNs), linkOctets(frame));
    }
  }

  @Override
  public Verdict missed(int frame, long nowNs) {
    buckets[frames.trafficClass(frame)].giveBack(linkOctets(frame));
    return enqueue(frame);
  }

  @Override
  public void schedule(GateSchedule schedule) {
    this.schedule = schedule;
    timeline = new GateTimeline(schedule);
  }

  @Override
  public int queued() {
    int queued = 0;
    for (LaunchQueue queue : queues) {
      queued += queue.size();
    }
    return queued;
  }

  @Override
  public int queued(int trafficClass) {
    return queues[trafficClass].size();
  }

  private long eligibilityTimeNs(int frame, long arrivalNs) {
    return buckets[frames.trafficClass(frame)].eligibilityTimeNs(arrivalNs, linkOctets(frame));
  }

  /** A frame's tokens pay for all that it takes of the link, in octets. */
  private int linkOctets(int frame) {
    return Math.max(PortModel.MIN_FRAME_OCTETS, frames.linkFrameOctets(frame))
        + port.overheadOctets()
        + PortModel.LINK_OCTETS;
  }
}
