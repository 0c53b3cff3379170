package org.ktsn.shaper.contract;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.ktsn.api.frame.Frames;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.GateParameters;

/**
 * A port with its gates and credits, simulated nanosecond by nanosecond from the tables of IEEE
 * 802.1Q-2022 8.6.8.2, 8.6.8.4 and 8.6.9. Slow and obvious; shares no code with any shaper.
 *
 * <p>At every nanosecond, in this order: frames arrive; a transmission may end; a free link starts
 * the highest class whose first frame is available; the credits move by one nanosecond's slope.
 * Whether a frame that is said never to fit does not is checked.
 *
 * <p>Within a pod, the frames of a class are ordered by launch time and arrival. Pods whose first
 * frame is due when the class's last transmission has ended take turns, in the order of their
 * numbers; if none is, the frame is first that is due first. A frame is due from its launch time
 * on, in deadline mode at once. It waits from its launch time on; a returned one, from its return
 * at the earliest. One in deadline mode comes into the queue once the link is free for the first
 * time after its arrival. A class waits once its first frame does, or one that was first before
 * that came. Cycles of schedules are whole nanoseconds.
 */
public final class PortOracle {
  /** How far beyond the end of a run gates are known: a few of its longest cycles. */
  public static final int LOOKAHEAD_NS = 10_000;

  private static final int NONE = -1;

  private final Frames frames;
  private final PortModel port;
  private final CreditRules rules;
  private final int endNs;

  private final List<List<Integer>> queues = new ArrayList<>();
  private final long[] readyNs;
  private final long[] waitsFromNs = new long[8];
  private final int[] firsts = new int[8];
  private final long[] lastEndNs = new long[8];
  private final int[] lastPod = new int[8];
  private final List<OracleEvent.Change> changes = new ArrayList<>();
  private final List<GatePlan> plans = new ArrayList<>();
  private final Map<GateParameters, CreditRates> ratesOf = new HashMap<>();
  private final List<Integer> unseen = new ArrayList<>();
  private final List<Transmission> transmissions = new ArrayList<>();

  private GatePlan plan;
  private GateParameters running = GateParameters.open();
  private CreditRates rates;
  private final long[] credit = new long[8];
  private final long[] unit = new long[8];
  private int onLink = NONE;
  private long freeNs;

  /**
   * A frame on the link.
   *
   * @param frame its number
   * @param startNs the start of its transmission
   */
  public record Transmission(int frame, long startNs) {}

  /** Makes a port with every gate open that will be simulated from instant 0 to an end. */
  public PortOracle(Frames frames, PortModel port, CreditRules rules, int endNs) {
    this.frames = frames;
    this.port = port;
    this.rules = rules;
    this.endNs = endNs;
    readyNs = new long[frames.capacity()];
    for (int c = 0; c < 8; c++) {
      queues.add(new ArrayList<>());
      unit[c] = 1;
      firsts[c] = NONE;
      lastEndNs[c] = Long.MIN_VALUE;
      lastPod[c] = NONE;
    }
    plan = new GatePlan(changes, endNs + LOOKAHEAD_NS);
    plans.add(plan);
    rates = new CreditRates(rules, running, port);
  }

  /**
   * Simulates; once.
   *
   * @param happening what happens; of things at the same instant in that order
   * @return every transmission that started, in order
   */
  public List<Transmission> run(List<OracleEvent> happening) {
    List<OracleEvent> events =
        happening.stream().sorted(Comparator.comparing(OracleEvent::atNs)).toList();
    announce(events);
    int next = 0;
    int inForce = 0;
    for (int t = 0; t < endNs; t++) {
      if (onLink != NONE && freeNs == t) {
        onLink = NONE;
        unseen.forEach(frame -> arrive(frame, freeNs));
        unseen.clear();
      }
      for (; next < events.size() && events.get(next).atNs() == t; next++) {
        switch (events.get(next)) {
          case OracleEvent.Arrival(long at, int frame) -> {
            if (frames.deadlineMode(frame) && onLink != NONE) {
              unseen.add(frame);
            } else {
              arrive(frame, frames.deadlineMode(frame) ? at : frames.launchTimeNs(frame));
            }
          }
          case OracleEvent.Return(long at, int frame) ->
              arrive(
                  frame,
                  frames.deadlineMode(frame) ? at : Math.max(at, frames.launchTimeNs(frame)));
          case OracleEvent.Drop(long at, int frame, int known) -> drop(frame, at, known);
          case OracleEvent.Change _ -> plan = plans.get(++inForce);
        }
      }
      adoptSlopes(t);
      resetEmpty(t);
      if (onLink == NONE) {
        start(t);
      }
      accrue(t);
    }
    return transmissions;
  }

  /** Returns a credit at the end of the run in nanobits, rounded down. */
  public long creditNanobits(int trafficClass) {
    return Math.floorDiv(credit[trafficClass], unit[trafficClass]);
  }

  private void announce(List<OracleEvent> events) {
    for (OracleEvent event : events) {
      if (event instanceof OracleEvent.Change change) {
        changes.add(change);
        plans.add(new GatePlan(changes, endNs + LOOKAHEAD_NS));
      }
    }
  }

  private void arrive(int frame, long fromNs) {
    readyNs[frame] = fromNs;
    int c = frames.trafficClass(frame);
    queues.get(c).add(frame);
    int first = findFirst(c);
    if (first != firsts[c]) { // those that it comes before wait as well
      long before = firsts[c] == NONE ? Long.MAX_VALUE : waitsFromNs[c];
      waitsFromNs[c] = Math.min(before, readyNs[first]);
    }
    firsts[c] = first;
  }

  /** Returns the frame of a class that leaves next, or {@link #NONE}. */
  private int findFirst(int trafficClass) {
    int first = NONE;
    for (int frame : queues.get(trafficClass)) {
      if (isFirstOfPod(frame) && (first == NONE || goesBefore(trafficClass, frame, first))) {
        first = frame;
      }
    }
    return first;
  }

  private boolean isFirstOfPod(int frame) {
    for (int other : queues.get(frames.trafficClass(frame))) {
      if (frames.pod(other) == frames.pod(frame) && !isBefore(frame, other) && frame != other) {
        return false;
      }
    }
    return true;
  }

  private boolean goesBefore(int trafficClass, int frame, int other) {
    boolean due = isDue(frame, lastEndNs[trafficClass]);
    boolean otherDue = isDue(other, lastEndNs[trafficClass]);
    if (due && otherDue) {
      return turn(trafficClass, frame) < turn(trafficClass, other);
    }
    return due != otherDue ? due : isBefore(frame, other);
  }

  /** Returns how many pods have their turns before a frame's. */
  private int turn(int trafficClass, int frame) {
    return Math.floorMod(frames.pod(frame) - lastPod[trafficClass] - 1, Pod.MAX_PODS);
  }

  private boolean isDue(int frame, long atNs) {
    return frames.deadlineMode(frame) || frames.launchTimeNs(frame) <= atNs;
  }

  private boolean isBefore(int one, int another) {
    long oneNs = frames.launchTimeNs(one);
    long anotherNs = frames.launchTimeNs(another);
    return oneNs < anotherNs
        || (oneNs == anotherNs && frames.arrival(one) < frames.arrival(another));
  }

  /**
   * Takes a frame out of its queue, if it is there; it must be one that never fits, or whose class
   * never has the credit.
   */
  private void drop(int frame, long atNs, int knownChanges) {
    int trafficClass = frames.trafficClass(frame);
    long fromNs = frames.deadlineMode(frame) ? atNs : Math.max(atNs, frames.launchTimeNs(frame));
    GatePlan known = plans.get(knownChanges);
    if (known.everStaysOpen(trafficClass, fromNs, durationNs(frame))
        && !starves(knownChanges, frame, fromNs)) {
      throw new AssertionError("frame " + frame + " is dropped at " + atNs + " ns, and would fit");
    }
    remove(frame);
  }

  /** Tells whether a class's credit stays below zero for as long as its frame has windows. */
  private boolean starves(int knownChanges, int frame, long fromNs) {
    GatePlan known = plans.get(knownChanges);
    int c = frames.trafficClass(frame);
    long nanobits = creditNanobits(c);
    int lastCyclesNs = endNs + LOOKAHEAD_NS / 2;
    boolean rises = false;
    for (int t = (int) fromNs; t < endNs + LOOKAHEAD_NS; t++) {
      if (nanobits >= 0 && known.staysOpen(c, t, durationNs(frame))) {
        return false;
      }
      long neededNs = rules.growsInGuardBand() ? 1 : durationNs(frame) + 1;
      if (plans.get(Math.min(knownChanges, raised(t))).staysOpen(c, t, neededNs)) {
        CreditRates now = ratesOf(known.running(t));
        nanobits += Math.ceilDiv(now.perTick[c], now.unit[c]);
        rises |= t > lastCyclesNs;
      }
    }
    return !rises || !known.everStaysOpen(c, lastCyclesNs, durationNs(frame));
  }

  private CreditRates ratesOf(GateParameters parameters) {
    return ratesOf.computeIfAbsent(parameters, list -> new CreditRates(rules, list, port));
  }

  private void remove(int frame) {
    int c = frames.trafficClass(frame);
    queues.get(c).remove(Integer.valueOf(frame));
    int first = findFirst(c);
    if (firsts[c] == frame) {
      waitsFromNs[c] = first == NONE ? 0 : readyNs[first];
    } else if (first != firsts[c]) { // it was behind the removed one, and goes before the rest
      waitsFromNs[c] = Math.min(waitsFromNs[c], readyNs[first]);
    }
    firsts[c] = first;
  }

  /** No frame in the queue, not transmitting, credit above zero: it is set to zero. */
  private void resetEmpty(int t) {
    for (int c = 0; c < 8; c++) {
      if (credit[c] > 0 && !isTransmitting(c) && !isWaiting(c, t) && plan.isOpen(c, t)) {
        credit[c] = 0;
      }
    }
  }

  private void start(int t) {
    for (int c = 7; c >= 0; c--) {
      if (isWaiting(c, t) && credit[c] >= 0) {
        int frame = firsts[c];
        if (readyNs[frame] <= t && plan.staysOpen(c, t, durationNs(frame))) {
          onLink = frame;
          freeNs = t + durationNs(frame);
          lastEndNs[c] = freeNs;
          lastPod[c] = frames.pod(frame);
          remove(frame);
          transmissions.add(new Transmission(frame, t));
          return;
        }
      }
    }
  }

  private void accrue(int t) {
    for (int c = 0; c < 8; c++) {
      if (rules.idleSlopes().get(c) == 0) {
        continue;
      }
      long slope = rates.perTick[c];
      if (isTransmitting(c)) {
        credit[c] += slope - Math.multiplyExact(port.rateBitsPerSecond(), unit[c]);
      } else if (plan.isOpen(c, t) && !isWaiting(c, t)) {
        credit[c] = credit[c] < 0 ? Math.min(0, credit[c] + slope) : credit[c];
      } else if (plan.isOpen(c, t) && (rules.growsInGuardBand() || fitsBeyond(c, t))) {
        long hi = rules.limited() ? rates.hi[c] : Long.MAX_VALUE;
        credit[c] = credit[c] < hi ? Math.min(hi, Math.addExact(credit[c], slope)) : credit[c];
      }
    }
  }

  /** Tells whether a class's first frame, which waits, still fits a nanosecond later. */
  private boolean fitsBeyond(int trafficClass, int t) {
    long durationNs = durationNs(firsts[trafficClass]);
    return plans.get(raised(t)).staysOpen(trafficClass, t, durationNs + 1);
  }

  /**
   * Returns how many changes were asked for by an instant. Credits know of no others, even if the
   * start of a frame is decided with a later one in mind.
   */
  private int raised(int t) {
    int count = 0;
    while (count < changes.size() && changes.get(count).raisedNs() <= t) {
      count++;
    }
    return count;
  }

  /** The slopes of the list that runs; credits keep their value, rounded down to the new unit. */
  private void adoptSlopes(int t) {
    if (Objects.equals(plan.running(t), running)) {
      return;
    }
    running = plan.running(t);
    rates = ratesOf(running);
    for (int c = 0; c < 8; c++) {
      if (unit[c] != rates.unit[c]) {
        BigInteger scaled =
            BigInteger.valueOf(credit[c]).multiply(BigInteger.valueOf(rates.unit[c]));
        BigInteger[] parts = scaled.divideAndRemainder(BigInteger.valueOf(unit[c]));
        credit[c] = parts[0].longValueExact() - (parts[1].signum() < 0 ? 1 : 0);
        unit[c] = rates.unit[c];
      }
    }
  }

  private boolean isTransmitting(int trafficClass) {
    return onLink != NONE && frames.trafficClass(onLink) == trafficClass;
  }

  private boolean isWaiting(int trafficClass, int t) {
    List<Integer> queue = queues.get(trafficClass);
    return !queue.isEmpty() && waitsFromNs[trafficClass] <= t;
  }

  /** 8.6.8.4 and clause 6 of the MAC: the frame, its check sequence, preamble and gap. */
  private long durationNs(int frame) {
    long octets = Math.max(60L, frames.lengthOctets(frame)) + 4 + 8 + 12 + port.overheadOctets();
    long rate = port.rateBitsPerSecond();
    return (octets * 8 * 1_000_000_000L + rate - 1) / rate;
  }
}
