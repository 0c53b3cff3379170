package org.ktsn.shaper.etf;

import org.ktsn.api.frame.Frames;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.shaper.Departure;
import org.ktsn.api.shaper.LaunchQueue;
import org.ktsn.api.shaper.Shaper;

/**
 * Earliest transmission time first, after the kernel's etf queueing discipline: one queue of all
 * classes in the order of launch times, in which the pods take turns with what is due. Planner
 * thread only; nothing allocates.
 *
 * <p>In strict mode a frame leaves at its launch time, or later by the delta at most if the link
 * was not free. In deadline mode it leaves as soon as it is first, and by the same instant at the
 * latest. A frame that can't is dropped as missed. Gates, classes and {@code queueMaxSDU} are not
 * heeded.
 */
final class EtfShaper implements Shaper {
  private final Frames frames;
  private final PortModel port;
  private final long deltaNs;
  private final LaunchQueue queue;
  private final int[] queuedByClass = new int[8];

  EtfShaper(Frames frames, PortModel port, long deltaNs) {
    this.frames = frames;
    this.port = port;
    this.deltaNs = deltaNs;
    queue = new LaunchQueue(frames);
  }

  @Override
  public Verdict enqueue(int frame) {
    if (queue.isFull()) {
      return Verdict.QUEUE_FULL;
    }
    queue.add(frame);
    queuedByClass[frames.trafficClass(frame)]++;
    return Verdict.ACCEPTED;
  }

  @Override
  public boolean next(long startNs, long endNs, long[] overtakeLimitNs, Departure out) {
    if (queue.size() == 0) {
      return false;
    }
    if (endNs == NEVER) {
      queue.linkFreeFrom(startNs);
    }
    int frame = queue.first();
    long launchTimeNs = queue.firstLaunchTimeNs();
    long latestNs = launchTimeNs > NEVER - deltaNs ? NEVER : launchTimeNs + deltaNs;
    if (startNs > latestNs) {
      out.drop(frame, Verdict.MISSED);
      return true;
    }
    long durationNs = port.durationNs(frames.linkFrameOctets(frame));
    long launchNs = frames.deadlineMode(frame) ? startNs : Math.max(startNs, launchTimeNs);
    if (launchNs > endNs - durationNs
        || launchTimeNs >= overtakeLimitNs[frames.trafficClass(frame)]) {
      return false;
    }
    out.send(frame, launchNs, Math.min(latestNs, endNs - durationNs), durationNs);
    return true;
  }

  @Override
  public void take(Departure departure) {
    if (queue.size() == 0 || queue.first() != departure.frame) {
      throw new IllegalStateException(
          "frame " + departure.frame + " is not the next one; take what next() found");
    }
    if (departure.verdict == Verdict.ACCEPTED) {
      queue.removeFirst(departure.launchNs + departure.durationNs);
    } else {
      queue.removeFirst();
    }
    queuedByClass[frames.trafficClass(departure.frame)]--;
  }

  @Override
  public Verdict missed(int frame, long nowNs) {
    return Verdict.MISSED;
  }

  @Override
  public void schedule(GateSchedule schedule) {
    // launch times alone decide
  }

  @Override
  public int queued() {
    return queue.size();
  }

  @Override
  public int queued(int trafficClass) {
    return queuedByClass[trafficClass];
  }
}
