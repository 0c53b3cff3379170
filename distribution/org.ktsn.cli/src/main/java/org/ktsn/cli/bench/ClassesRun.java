package org.ktsn.cli.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import org.ktsn.api.trace.TraceLayout.Outcome;
import org.ktsn.cli.bench.DecisionAudit.Stay;
import org.ktsn.cli.bench.DepartureOracle.Departure;
import org.ktsn.cli.testbed.FlowResult;
import org.ktsn.cli.testbed.ListsInForce;
import org.ktsn.cli.testbed.Quantiles;
import org.ktsn.cli.testbed.TraceFile.Frame;

/**
 * What a run of several classes amounts to: each class's figures, and the oracle's opinion.
 *
 * @param lists the schedule
 * @param classes one for each class, the highest first
 * @param ideal what the oracle makes of the same frames
 * @param planned every frame that left, in the order of the planned instants
 * @param audit how far the decisions are the oracle's
 * @param leftOut how many frames found no room in the trace
 * @param txError actual minus planned instant
 * @param plannerLatenessNs by how much the planner woke up too late, at most
 */
record ClassesRun(
    ListsInForce lists,
    List<ClassFigures> classes,
    IdealRun ideal,
    List<Departure> planned,
    DecisionAudit audit,
    long leftOut,
    Quantiles txError,
    long plannerLatenessNs) {
  /** How long before its instant a frame may be planned. */
  private static final long LEAD_NS = 10_000;

  /** The oracle must know the gates for as long as late frames may take. */
  private static final long AFTERWARDS_NS = 10_000_000_000L;

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
    List<Stay> stays = new ArrayList<>();
    long leftOut = 0;
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
      stays.addAll(stays(result, flow));
      leftOut += result.trace().orElseThrow().leftOut();
    }
    planned.sort((a, b) -> Long.compare(a.atNs(), b.atNs()));
    return new ClassesRun(
        lists,
        classes,
        IdealRun.of(new DepartureOracle(gates, flows, baseNs), flows),
        planned,
        DecisionAudit.of(DepartureOracle.knowingNone(gates, flows), stays, LEAD_NS),
        leftOut,
        Quantiles.of(errors.stream().mapToLong(Long::longValue).toArray()),
        plannerLatenessNs);
  }

  /** Finds a flow's frames' stays with the planner, in its trace. */
  private static List<Stay> stays(FlowResult result, ClassFlow flow) {
    List<Stay> all = new ArrayList<>();
    for (Frame frame : result.trace().orElseThrow().records()) {
      int sequence = flow.sequenceOf(frame.launchTimeNs());
      if (sequence < 0 || frame.knownNs() == 0 || frame.decision() == 0) {
        continue; // another's, or refused before it could be planned
      }
      boolean decided = frame.outcome() != Outcome.DROPPED;
      all.add(
          new Stay(
              flow,
              sequence,
              frame.knownNs(),
              decided ? frame.decidedNs() : DecisionAudit.NEVER,
              decided ? frame.plannedNs() : DecisionAudit.NEVER,
              frame.outcome() == Outcome.SENT ? DecisionAudit.NEVER : frame.learnedNs(),
              frame.decision()));
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
    }
    if (leftOut > 0) {
      faults.add(leftOut + " records found no room in the trace.");
    }
    if (audit.different() > 0) {
      faults.add(
          audit.different()
              + " of "
              + (audit.equal() + audit.different())
              + " decisions were made otherwise than the oracle says; the first: "
              + audit.firstDifference()
              + ".");
    }
    return faults;
  }
}
