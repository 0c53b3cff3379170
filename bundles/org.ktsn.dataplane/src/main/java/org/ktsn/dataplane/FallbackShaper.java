package org.ktsn.dataplane;

import org.ktsn.api.frame.Frames;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.schedule.GateTimeline;
import org.ktsn.api.shaper.Departure;
import org.ktsn.api.shaper.Shaper;

/**
 * What shapes while no shaper is installed, or after one has failed: a single queue in the order of
 * launch times. It keeps every frame inside the gates, and is in no hurry: a frame whose gate is
 * closed holds back all behind it.
 */
final class FallbackShaper implements Shaper {
  private static final long LATENESS_NS = 10_000_000;

  private final Frames frames;
  private final PortModel port;
  private final int[] heap;
  private final int[] queuedByClass = new int[8];
  private int count;
  private GateSchedule schedule;
  private GateTimeline timeline;

  FallbackShaper(Frames frames, PortModel port, GateSchedule schedule) {
    this.frames = frames;
    this.port = port;
    heap = new int[frames.capacity()];
    this.schedule = schedule;
    timeline = new GateTimeline(schedule);
  }

  @Override
  public Verdict enqueue(int frame) {
    int max = schedule.oper().queueMaxSdu().get(frames.trafficClass(frame));
    if (max > 0 && frames.sduOctets(frame) > max) {
      return Verdict.OVERSIZE;
    }
    int place = count++;
    while (place > 0 && before(frame, heap[(place - 1) >>> 1])) {
      heap[place] = heap[(place - 1) >>> 1];
      place = (place - 1) >>> 1;
    }
    heap[place] = frame;
    queuedByClass[frames.trafficClass(frame)]++;
    return Verdict.ACCEPTED;
  }

  @Override
  public boolean next(long startNs, long endNs, long[] overtakeLimitNs, Departure out) {
    if (count == 0) {
      return false;
    }
    int frame = heap[0];
    int trafficClass = frames.trafficClass(frame);
    if (frames.launchTimeNs(frame) >= overtakeLimitNs[trafficClass]) {
      return false;
    }
    long duration = port.durationNs(frames.lengthOctets(frame));
    long at = frames.deadlineMode(frame) ? startNs : Math.max(startNs, frames.launchTimeNs(frame));
    for (int window = 0; window < 2048; window++) {
      at = timeline.nextOpen(trafficClass, at);
      if (at == GateTimeline.NEVER) {
        break;
      }
      long close = timeline.nextClose(trafficClass, at);
      long end = Math.min(close, endNs);
      if (end - duration >= at) {
        long last = end == NEVER ? at + LATENESS_NS : end - duration;
        out.send(frame, at, last, duration);
        return true;
      }
      if (close > endNs) {
        return false;
      }
      at = close;
    }
    out.drop(frame, Verdict.NEVER_FITS);
    return true;
  }

  @Override
  public void take(Departure departure) {
    assert departure.frame == heap[0] : "frame " + departure.frame + " is not the next one";
    queuedByClass[frames.trafficClass(heap[0])]--;
    int last = heap[--count];
    int place = 0;
    for (int child = 1; child < count; child = 2 * place + 1) {
      if (child + 1 < count && before(heap[child + 1], heap[child])) {
        child++;
      }
      if (!before(heap[child], last)) {
        break;
      }
      heap[place] = heap[child];
      place = child;
    }
    heap[place] = last;
  }

  @Override
  public Verdict missed(int frame, long nowNs) {
    return enqueue(frame);
  }

  @Override
  public void schedule(GateSchedule next) {
    schedule = next;
    timeline = new GateTimeline(next);
  }

  @Override
  public int queued() {
    return count;
  }

  @Override
  public int queued(int trafficClass) {
    return queuedByClass[trafficClass];
  }

  private boolean before(int a, int b) {
    int byTime = Long.compare(frames.launchTimeNs(a), frames.launchTimeNs(b));
    return byTime != 0 ? byTime < 0 : frames.arrival(a) < frames.arrival(b);
  }
}
