package org.ktsn.shaper.tas;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.GateControlEntry;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.shaper.Departure;
import org.ktsn.api.shaper.Shaper;
import org.ktsn.shaper.contract.SimulatedFrames;

/**
 * The rules of 8.6.8.4 by brute force: it tries every nanosecond of a short future. It shares no
 * code with the shaper or the timeline. Running schedules have cycles of whole nanoseconds and no
 * cycle time extension.
 */
final class TasOracle {
  /** Beyond this nothing is looked for: what does not fit before never fits. */
  private static final int HORIZON_NS = 60_000;

  private final SimulatedFrames frames;
  private final PortModel port;
  private final long maxLatenessNs;
  private final List<Integer> queued = new ArrayList<>();
  private final int[] gates = new int[HORIZON_NS];
  private GateSchedule schedule;

  TasOracle(SimulatedFrames frames, PortModel port, GateSchedule schedule, long maxLatenessNs) {
    this.frames = frames;
    this.port = port;
    this.maxLatenessNs = maxLatenessNs;
    schedule(schedule);
  }

  void schedule(GateSchedule schedule) {
    this.schedule = schedule;
    for (int t = 0; t < HORIZON_NS; t++) {
      gates[t] = gates(parametersAt(t), t);
    }
  }

  private GateParameters parametersAt(long atNs) {
    boolean pending = schedule.pending().isPresent();
    boolean changed = pending && atNs >= schedule.pending().get().configChangeTimeNs();
    return changed ? schedule.pending().get().parameters() : schedule.oper();
  }

  Verdict enqueue(int frame) {
    GateParameters parameters = parametersAt(frames.launchTimeNs(frame));
    int maxSdu = parameters.queueMaxSdu().get(frames.trafficClass(frame));
    if (maxSdu > 0 && frames.sduOctets(frame) > maxSdu) {
      return Verdict.OVERSIZE;
    }
    return requeue(frame, schedule.operSinceNs());
  }

  Verdict requeue(int frame, long nowNs) {
    if (earliest(frame, nowNs).isEmpty()) {
      return Verdict.NEVER_FITS;
    }
    queued.add(frame);
    return Verdict.ACCEPTED;
  }

  void remove(int frame) {
    queued.remove(Integer.valueOf(frame));
  }

  int queued() {
    return queued.size();
  }

  boolean next(long startNs, long endNs, long[] overtakeLimitNs, Departure out) {
    boolean found = false;
    for (int trafficClass = 7; trafficClass >= 0; trafficClass--) {
      OptionalInt head = head(trafficClass);
      if (head.isEmpty()) {
        continue;
      }
      int frame = head.getAsInt();
      OptionalInt start = earliest(frame, Math.max(startNs, schedule.operSinceNs()));
      if (start.isEmpty()) {
        out.drop(frame, Verdict.NEVER_FITS);
        return true;
      }
      long durationNs = durationNs(frame);
      boolean overtakes = frames.launchTimeNs(frame) >= overtakeLimitNs[trafficClass];
      boolean fits = endNs == Shaper.NEVER || start.getAsInt() + durationNs <= endNs;
      if (!overtakes && fits && (!found || start.getAsInt() < out.launchNs)) {
        found = true;
        out.send(frame, start.getAsInt(), notAfterNs(frame, start.getAsInt(), endNs), durationNs);
      }
    }
    return found;
  }

  private OptionalInt head(int trafficClass) {
    int head = -1;
    for (int frame : queued) {
      if (frames.trafficClass(frame) != trafficClass) {
        continue;
      }
      if (head < 0
          || frames.launchTimeNs(frame) < frames.launchTimeNs(head)
          || (frames.launchTimeNs(frame) == frames.launchTimeNs(head)
              && frames.arrival(frame) < frames.arrival(head))) {
        head = frame;
      }
    }
    return head < 0 ? OptionalInt.empty() : OptionalInt.of(head);
  }

  private OptionalInt earliest(int frame, long startNs) {
    long durationNs = durationNs(frame);
    int bit = 1 << frames.trafficClass(frame);
    long fromNs =
        frames.deadlineMode(frame) ? startNs : Math.max(startNs, frames.launchTimeNs(frame));
    long open = 0;
    for (long t = fromNs; t < HORIZON_NS; t++) {
      open = (gates[(int) t] & bit) != 0 ? open + 1 : 0;
      if (open == durationNs) {
        return OptionalInt.of((int) (t + 1 - open));
      }
    }
    return OptionalInt.empty();
  }

  private long notAfterNs(int frame, int launchNs, long endNs) {
    int bit = 1 << frames.trafficClass(frame);
    int close = launchNs;
    while (close < HORIZON_NS && (gates[close] & bit) != 0) {
      close++;
    }
    long linkNs = endNs == Shaper.NEVER ? Shaper.NEVER : endNs - durationNs(frame);
    return close == HORIZON_NS
        ? Math.min(launchNs + maxLatenessNs, linkNs)
        : Math.min(close - durationNs(frame), linkNs);
  }

  private long durationNs(int frame) {
    long bits = (Math.max(60, frames.lengthOctets(frame)) + 24 + port.overheadOctets()) * 8L;
    return (bits * 1_000_000_000L + port.rateBitsPerSecond() - 1) / port.rateBitsPerSecond();
  }

  private static int gates(GateParameters parameters, long t) {
    if (!parameters.gateEnabled()
        || parameters.controlList().isEmpty()
        || t < parameters.baseTimeNs()) {
      return parameters.adminGateStates();
    }
    long offset = (t - parameters.baseTimeNs()) % parameters.cycleTime().nanosecondsRoundedDown();
    int states = 0;
    long startNs = 0;
    for (GateControlEntry entry : parameters.controlList()) {
      if (startNs > offset) {
        break;
      }
      states = entry.gateStates();
      startNs += Math.max(1, entry.timeIntervalNs());
    }
    return states;
  }
}
