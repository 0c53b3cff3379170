package org.ktsn.cli.bench;

import java.util.BitSet;
import java.util.Comparator;
import java.util.List;

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
    long at = Math.max(fromNs, freeNs);
    while (true) {
      int place = gates.placeAt(at);
      long event = gates.toNs(place);
      for (Waiting waiting : classes) {
        if (waiting.isEmpty()) {
          continue;
        }
        long launchNs = waiting.flow.launchNs(waiting.first);
        if (launchNs > at) {
          event = Math.min(event, launchNs);
        } else if (fits(waiting, place, at)) {
          return new Departure(waiting.flow, waiting.first, at);
        }
      }
      at = event;
    }
  }

  /** Has a frame leave at an instant, whether or not it was said to. */
  void leave(ClassFlow flow, int sequence, long atNs) {
    Waiting waiting = of(flow);
    waiting.gone.set(sequence);
    waiting.first = waiting.gone.nextClearBit(waiting.first);
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
