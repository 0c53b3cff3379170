package org.ktsn.dataplane;

import java.util.Arrays;
import java.util.Collections;
import java.util.Set;
import java.util.WeakHashMap;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.shaper.Departure;
import org.ktsn.api.shaper.Shaper;
import org.ktsn.api.shaper.ShaperFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * As {@link Rehearsal}, for a shaper: one of its kind plans made-up frames before the planner has
 * one, so that a swap costs no frame its instant. Once for each factory. What a shaper does wrong
 * here is judged later, when it plans real ones.
 */
final class ShaperRehearsal {
  private static final Logger LOG = LoggerFactory.getLogger(ShaperRehearsal.class);
  private static final int FRAMES = 64;
  private static final int ROUNDS = 40;
  private static final int BUFFER_OCTETS = 60;

  private static final Set<ShaperFactory> DONE =
      Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

  private final FrameTable frames = new FrameTable(FRAMES);
  private final Departure departure = new Departure();
  private final long[] limits = new long[8];
  private final Shaper shaper;
  private long nowNs = 1_000_000_000_000L;

  private ShaperRehearsal(ShaperFactory factory, PortModel link, GateSchedule schedule) {
    shaper = factory.create(frames, link, schedule);
    Arrays.fill(limits, Shaper.NEVER);
  }

  /**
   * Rehearses what a factory makes, unless that was done; gives up after some seconds.
   *
   * @return whether one of its kind has planned
   */
  static boolean run(ShaperFactory factory, PortModel link, GateSchedule schedule) {
    if (!DONE.add(factory)) {
      return false;
    }
    try {
      return Patience.ask(
          "ktsn-shaper-rehearsal", () -> new ShaperRehearsal(factory, link, schedule).play());
    } catch (IllegalStateException e) {
      LOG.debug("event=rehearsal-given-up shaper={} reason=\"{}\"", factory, e.getMessage());
      return false;
    }
  }

  private boolean play() {
    for (int round = 0; round < ROUNDS; round++) {
      for (int i = 0; i < FRAMES; i++) {
        enqueue(i);
      }
      for (int i = 0; i < FRAMES && next(); i++) {
        shaper.take(departure);
        if (i % 16 == 0 && shaper.missed(departure.frame, nowNs) == Verdict.ACCEPTED) {
          continue;
        }
        frames.release(departure.frame);
      }
    }
    return true;
  }

  private void enqueue(int i) {
    int frame = frames.peekFree();
    if (frame < 0) {
      return;
    }
    frames.take(frame, i & 1, nowNs + i * 1_000L, false);
    frames.shape(frame, BUFFER_OCTETS, 14, i & 7);
    frames.state(frame, FrameTable.QUEUED);
    if (shaper.enqueue(frame) != Verdict.ACCEPTED) {
      frames.release(frame);
    }
  }

  private boolean next() {
    if (!shaper.next(nowNs, Shaper.NEVER, limits, departure)) {
      return false;
    }
    nowNs = Math.max(nowNs, departure.launchNs) + departure.durationNs;
    return true;
  }
}
