package org.ktsn.filter.psfp.line;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.ktsn.filter.psfp.model.FlowMeter;
import org.ktsn.filter.psfp.model.PolicingParameters;
import org.ktsn.filter.psfp.model.StreamFilter;
import org.ktsn.filter.psfp.model.StreamGate;
import org.ktsn.filter.psfp.model.StreamIdentity;

/**
 * Parameters made ready for the frames' way. A plan does not change; what its entries remember is
 * handed on from plan to plan, by identifier. Made on a control thread, then the planner's.
 */
final class Plan {
  /** Tells plans apart; that of a frame says by which one it was judged. */
  final int number;

  final PolicingParameters parameters;
  final TreeMap<Long, Entry> entries = new TreeMap<>();
  final TreeMap<Long, Gate> gates = new TreeMap<>();
  final TreeMap<Long, Meter> meters = new TreeMap<>();
  private final Meter[] allMeters;
  private final Gate[] allGates;
  private final Candidates ofOthers;
  private final Map<String, Candidates> byPod = new HashMap<>();

  /** What is to be set and reset; also for plans before this one that were never adopted. */
  private final List<Runnable> resets = new ArrayList<>();

  private volatile boolean adopted;

  private Plan(int number, PolicingParameters parameters) {
    this.number = number;
    this.parameters = parameters;
    ofOthers = new Candidates.Builder().build();
    allMeters = new Meter[0];
    allGates = new Gate[0];
  }

  private Plan(Plan former, PolicingParameters parameters, long nowNs) {
    number = former.number + 1;
    this.parameters = parameters;
    for (StreamGate gate : parameters.gates()) {
      Gate before = former.gates.get(gate.id());
      gates.put(gate.id(), before == null ? Gate.first(gate, nowNs) : before.changed(gate, nowNs));
    }
    for (FlowMeter meter : parameters.meters()) {
      Meter before = former.meters.get(meter.id());
      meters.put(meter.id(), before == null ? Meter.first(meter) : before.changed(meter));
    }
    for (StreamFilter filter : parameters.filters()) {
      Entry before = former.entries.get(filter.id());
      entries.put(
          filter.id(),
          new Entry(
              filter,
              before == null ? new FilterState() : before.state,
              gates.get(filter.gate()),
              filter.meter().stream().mapToObj(meters::get).findFirst()));
    }
    ofOthers = candidates();
    allMeters = meters.values().toArray(Meter[]::new);
    allGates = gates.values().toArray(Gate[]::new);
    if (!former.adopted) {
      resets.addAll(former.resets);
    }
    entries.values().forEach(entry -> entry.addResets(resets));
    gates.values().forEach(gate -> gate.addResets(resets));
    meters.values().forEach(meter -> meter.addResets(resets));
  }

  /** The plan in which nothing is policed. */
  static Plan none() {
    return new Plan(0, PolicingParameters.NONE);
  }

  /** Makes the plan that follows this one. */
  Plan next(PolicingParameters wanted, long nowNs) {
    return new Plan(this, wanted, nowNs);
  }

  /** Returns the filters of a pod's frames, by its name. */
  Candidates of(String pod) {
    return byPod.getOrDefault(pod, ofOthers);
  }

  /** Brings what entries remember in line with their parameters. Planner thread only. */
  void adopt() {
    adopted = true;
    for (Meter meter : allMeters) {
      meter.fit();
    }
    for (int i = 0; i < resets.size(); i++) {
      resets.get(i).run();
    }
  }

  /** The clock was set. Planner thread only. */
  void clockSet(long nowNs) {
    for (Meter meter : allMeters) {
      meter.clockSet(nowNs);
    }
    for (Gate gate : allGates) {
      gate.state.octets.clear();
    }
  }

  /** Sorts the filters by pod; returns those of pods that are not named. */
  private Candidates candidates() {
    Map<Long, List<StreamMatch>> shared = new HashMap<>();
    Map<String, Map<Long, List<StreamMatch>>> named = new HashMap<>();
    for (StreamIdentity stream : parameters.streams()) {
      stream
          .pod()
          .map(pod -> named.computeIfAbsent(pod, name -> new HashMap<>()))
          .orElse(shared)
          .computeIfAbsent(stream.handle(), handle -> new ArrayList<>())
          .add(new StreamMatch(stream));
    }
    Map<Long, StreamMatch[]> ready = new HashMap<>();
    shared.forEach((handle, list) -> ready.put(handle, list.toArray(StreamMatch[]::new)));
    named.forEach((pod, own) -> byPod.put(pod, candidates(ready, own)));
    return candidates(ready, Map.of());
  }

  private Candidates candidates(Map<Long, StreamMatch[]> shared, Map<Long, List<StreamMatch>> own) {
    Candidates.Builder builder = new Candidates.Builder();
    for (Entry entry : entries.values()) {
      if (entry.parameters.streamHandle().isEmpty()) {
        builder.anyFrame(entry);
        continue;
      }
      long handle = entry.parameters.streamHandle().getAsLong();
      StreamMatch[] some = shared.getOrDefault(handle, new StreamMatch[0]);
      List<StreamMatch> more = own.getOrDefault(handle, List.of());
      if (!more.isEmpty()) {
        List<StreamMatch> all = new ArrayList<>(List.of(some));
        all.addAll(more);
        builder.stream(entry, all.toArray(StreamMatch[]::new));
      } else if (some.length > 0) {
        builder.stream(entry, some);
      }
    }
    return builder.build();
  }
}
