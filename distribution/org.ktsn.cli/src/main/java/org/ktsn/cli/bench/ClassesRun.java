package org.ktsn.cli.bench;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.ktsn.cli.bench.DepartureOracle.Departure;
import org.ktsn.cli.bench.OracleAudit.Away;
import org.ktsn.cli.demo.FlowResult;
import org.ktsn.cli.demo.ListsInForce;
import org.ktsn.cli.demo.Quantiles;
import org.ktsn.cli.demo.TraceFile.Frame;
import org.ktsn.cli.demo.TraceFile.Outcome;

/**
 * What a run of several classes amounts to: each class's figures, and the oracle's opinion.
 *
 * @param lists the schedule
 * @param classes one for each class, the highest first
 * @param ideal what the oracle makes of the same frames
 * @param planned every frame that left, in the order of the planned instants
 * @param audit how far the planned instants are the oracle's
 * @param txError actual minus planned instant
 * @param plannerLatenessNs by how much the planner woke up too late, at most
 */
record ClassesRun(
    ListsInForce lists,
    List<ClassFigures> classes,
    IdealRun ideal,
    List<Departure> planned,
    OracleAudit audit,
    Quantiles txError,
    long plannerLatenessNs) {
  /** How far ahead KTSNd commits frames, and how long before its instant a frame may be planned. */
  private static final long HORIZON_NS = 2_000_000;

  private static final long LEAD_NS = 10_000;

  /** The oracle must know the gates for as long as late frames may take. */
  private static final long AFTERWARDS_NS = 10_000_000_000L;

  private static final double THROUGHPUT_TOLERANCE = 0.01;

  /** Examines the flows' results, each with the frames that it was made of. */
  static ClassesRun of(
      List<FlowResult> results, List<ClassFlow> flows, ListsInForce lists, long plannerLatenessNs) {
    long baseNs = flows.getFirst().baseNs();
    long endNs =
        flows.stream().mapToLong(flow -> flow.launchNs(flow.frames())).max().orElseThrow()
            + AFTERWARDS_NS;
    GateCalendar gates = GateCalendar.of(lists, baseNs, endNs);
    ListsInForce.Judge judge = lists.judge();
    List<ClassFigures> classes = new ArrayList<>();
    List<Departure> planned = new ArrayList<>();
    List<Away> missed = new ArrayList<>();
    List<Long> errors = new ArrayList<>();
    for (int i = 0; i < flows.size(); i++) {
      ClassFlow flow = flows.get(i);
      FlowResult result = results.get(i);
      classes.add(ClassFigures.of(result, flow, judge));
      for (Frame frame : ClassFigures.launches(result)) {
        int sequence = flow.sequenceOf(frame.launchTimeNs());
        if (sequence >= 0) {
          planned.add(new Departure(flow, sequence, frame.plannedNs()));
          errors.add(frame.txErrorNs());
        }
      }
      missed.addAll(away(result, plannerLatenessNs));
    }
    planned.sort((a, b) -> Long.compare(a.atNs(), b.atNs()));
    return new ClassesRun(
        lists,
        classes,
        IdealRun.of(new DepartureOracle(gates, flows, baseNs), flows),
        planned,
        OracleAudit.of(
            new DepartureOracle(gates, flows, baseNs),
            planned,
            missed,
            plannerLatenessNs >= HORIZON_NS - LEAD_NS),
        Quantiles.of(errors.stream().mapToLong(Long::longValue).toArray()),
        plannerLatenessNs);
  }

  /**
   * Finds when missed frames were away. The planner learns of a miss when it wakes up, at the
   * latest when it dates the frame anew; what was committed until then lies within the horizon.
   */
  private static List<Away> away(FlowResult result, long plannerLatenessNs) {
    List<Away> all = new ArrayList<>();
    Map<Long, Frame> open = new HashMap<>();
    long longestNs = 0;
    for (Frame frame : result.trace().orElseThrow().records()) {
      longestNs = Math.max(longestNs, frame.durationNs());
      Frame before = open.remove(frame.launchTimeNs());
      if (before != null) {
        long knownNs = Math.min(frame.plannedNs(), before.actualNs() + plannerLatenessNs);
        all.add(new Away(before.plannedNs(), knownNs + HORIZON_NS + longestNs));
      }
      if (frame.outcome() == Outcome.MISSED) {
        open.put(frame.launchTimeNs(), frame);
      }
    }
    return all;
  }

  /** Returns how many of all frames a figure counts. */
  long sum(ToLongFunction<ClassFigures> figure) {
    return classes.stream().mapToLong(figure).sum();
  }

  /** Returns a class's throughput in bit/s: from the first launch time until the last has left. */
  double throughput(ClassFigures one) {
    return 8e9 * one.octets() / (one.endNs() - baseNs());
  }

  /** Returns the octets that the oracle has of a class. */
  long oracleOctets(ClassFigures one) {
    long octets = 0;
    for (int sequence = 0; sequence < one.flow().frames(); sequence++) {
      octets += one.flow().frameOctets(sequence);
    }
    return octets;
  }

  /** Returns the throughput that a class has with the oracle, in bit/s. */
  double oracleThroughput(ClassFigures one) {
    return 8e9
        * oracleOctets(one)
        / (ideal.byClass().get(one.flow().trafficClass()).endNs() - baseNs());
  }

  private long baseNs() {
    return planned.isEmpty() ? 0 : planned.getFirst().flow().baseNs();
  }

  /** Returns what is wrong, in sentences; empty if nothing is. */
  List<String> faults() {
    List<String> faults = new ArrayList<>();
    for (ClassFigures one : classes) {
      faults.addAll(one.faults());
      if (one.octets() != oracleOctets(one)) {
        faults.add(
            "Class "
                + one.flow().trafficClass()
                + " sent "
                + one.octets()
                + " octets; the oracle "
                + oracleOctets(one)
                + ".");
      } else if (Math.abs(throughput(one) / oracleThroughput(one) - 1) > THROUGHPUT_TOLERANCE) {
        faults.add(
            "The throughput of class "
                + one.flow().trafficClass()
                + " is not the oracle's within 1 %.");
      }
    }
    if (audit.different() > 0) {
      faults.add(
          audit.different()
              + " of "
              + planned.size()
              + " frames were planned otherwise than the oracle says; the first: "
              + audit.firstDifference()
              + ".");
    }
    return faults;
  }
}
