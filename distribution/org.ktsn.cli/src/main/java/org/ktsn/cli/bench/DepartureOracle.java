package org.ktsn.cli.bench;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Which frame leaves next, and when, by IEEE 802.1Q-2022 8.6.8 and 8.6.8.4: a simulation of one
 * port from event to event. It shares nothing with the shapers, nor with what they plan with.
 *
 * <p>When the link is free, the highest class is served whose first frame is available: its launch
 * time has come, its gate is open and stays open until the whole frame has left. If there is none,
 * nothing happens until a gate changes or a launch time comes. Within a class frames go by launch
 * time.
 */
final class DepartureOracle {
  private static final long[] NO_LIMITS = new long[8];

  static {
    Arrays.fill(NO_LIMITS, Long.MAX_VALUE);
  }

  private static final class Waiting {
    private final ClassFlow flow;
    private final BitSet gone;
    private int first;

    Waiting(ClassFlow flow) {
      this.flow = flow;
      gone = new BitSet(flow.frames());
    }

    boolean isEmpty() {
      return first >= flow.frames();
    }

    void come(int sequence) {
      gone.clear(sequence);
      first = Math.min(first, sequence);
    }

    void go(int sequence) {
      gone.set(sequence);
      first = gone.nextClearBit(first);
    }

    void forgetAll() {
      gone.set(0, flow.frames());
      first = flow.frames();
    }
  }

  private final GateCalendar gates;
  private final List<Waiting> classes;
  private long freeNs;

  /**
   * A departure.
   *
   * @param flow the frame's
   * @param sequence the frame's number in its flow
   * @param atNs when its first octet leaves
   */
  record Departure(ClassFlow flow, int sequence, long atNs) {}

  /**
   * Makes a port at which all frames wait for their launch times.
   *
   * @param startNs the link is free from then on
   */
  DepartureOracle(GateCalendar gates, List<ClassFlow> flows, long startNs) {
    this.gates = gates;
    classes =
        flows.stream()
            .sorted(Comparator.comparingInt(ClassFlow::trafficClass).reversed())
            .map(Waiting::new)
            .toList();
    freeNs = startNs;
  }

  /** Makes a port that knows of no frame yet. */
  static DepartureOracle knowingNone(GateCalendar gates, List<ClassFlow> flows) {
    DepartureOracle oracle = new DepartureOracle(gates, flows, Long.MIN_VALUE);
    oracle.classes.forEach(Waiting::forgetAll);
    return oracle;
  }

  /** A frame waits from now on. */
  void know(ClassFlow flow, int sequence) {
    of(flow).come(sequence);
  }

  /** A frame does not wait any more. */
  void forget(ClassFlow flow, int sequence) {
    of(flow).go(sequence);
  }

  /** Tells whether every frame has left. */
  boolean isEmpty() {
    return classes.stream().allMatch(Waiting::isEmpty);
  }

  /** Returns when the link is free again. */
  long freeNs() {
    return freeNs;
  }

  /**
   * Says what leaves next; there must be a frame.
   *
   * @param fromNs not before this instant, nor before the link is free
   */
  Departure next(long fromNs) {
    return next(Math.max(fromNs, freeNs), Long.MAX_VALUE, NO_LIMITS).orElseThrow();
  }

  /**
   * Says what leaves next if the link is free for a time, whatever has left.
   *
   * @param fromNs when the link gets free
   * @param untilNs by when the last octet must have left
   * @param limitsNs by class: the launch time must lie before
   * @return empty if nothing can
   */
  Optional<Departure> next(long fromNs, long untilNs, long[] limitsNs) {
    long at = Math.max(fromNs, gates.fromNs(0)); // no frame is launched before
    while (at < untilNs && !isEmpty()) {
      int place = gates.placeAt(at);
      long event = gates.toNs(place);
      for (Waiting waiting : classes) {
        if (waiting.isEmpty()) {
          continue;
        }
        long launchNs = waiting.flow.launchNs(waiting.first);
        if (launchNs > at) {
          event = Math.min(event, launchNs);
        } else if (launchNs < limitsNs[waiting.flow.trafficClass()]
            && at <= untilNs - waiting.flow.durationNs(waiting.first)
            && fits(waiting, place, at)) {
          return Optional.of(new Departure(waiting.flow, waiting.first, at));
        }
      }
      at = event;
    }
    return Optional.empty();
  }

  /** Has a frame leave at an instant, whether or not it was said to. */
  void leave(ClassFlow flow, int sequence, long atNs) {
    Waiting waiting = of(flow);
    waiting.go(sequence);
    freeNs = atNs + flow.durationNs(sequence);
  }

  private Waiting of(ClassFlow flow) {
    return classes.stream()
        .filter(waiting -> waiting.flow.trafficClass() == flow.trafficClass())
        .findFirst()
        .orElseThrow();
  }

  /** Tells whether the gate is open, and closes no earlier than the first frame has left. */
  private boolean fits(Waiting waiting, int placeNow, long at) {
    long endNs = at + waiting.flow.durationNs(waiting.first);
    for (int place = placeNow; place < gates.count() && gates.fromNs(place) < endNs; place++) {
      if (!gates.open(place, waiting.flow.trafficClass())) {
        return false;
      }
    }
    return true;
  }
}
