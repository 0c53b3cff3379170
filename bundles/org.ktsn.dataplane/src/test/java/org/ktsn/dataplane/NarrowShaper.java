package org.ktsn.dataplane;

import org.ktsn.api.frame.Verdict;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.shaper.Departure;
import org.ktsn.api.shaper.Shaper;

/** What the fallback plans, but each frame at its instant; what misses that may be dropped. */
record NarrowShaper(FallbackShaper good, boolean dropMissed) implements Shaper {
  NarrowShaper(FrameTable frames) {
    this(frames, false);
  }

  NarrowShaper(FrameTable frames, boolean dropMissed) {
    this(new FallbackShaper(frames, CrankedPlanner.LINK, GateSchedule.open()), dropMissed);
  }

  @Override
  public Verdict enqueue(int frame) {
    return good.enqueue(frame);
  }

  @Override
  public boolean next(long startNs, long endNs, long[] overtakeLimitNs, Departure out) {
    boolean found = good.next(startNs, endNs, overtakeLimitNs, out);
    out.notAfterNs = out.launchNs;
    return found;
  }

  @Override
  public void take(Departure departure) {
    good.take(departure);
  }

  @Override
  public Verdict missed(int frame, long nowNs) {
    return dropMissed ? Verdict.MISSED : good.missed(frame, nowNs);
  }

  @Override
  public void schedule(GateSchedule schedule) {
    good.schedule(schedule);
  }

  @Override
  public int queued() {
    return good.queued();
  }

  @Override
  public int queued(int trafficClass) {
    return good.queued(trafficClass);
  }
}
