package org.ktsn.shaper.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.shaper.Departure;
import org.ktsn.api.shaper.Shaper;
import org.ktsn.api.shaper.ShaperFactory;

/**
 * Drives a shaper through a {@link PortScenario} as the data plane's planner does, on a manual
 * clock, and compares every departure with the {@link PortOracle}.
 */
public final class PlannerSimulation {
  private static final long[] NO_LIMIT = new long[8];

  static {
    Arrays.fill(NO_LIMIT, Shaper.NEVER);
  }

  private enum Kind {
    ARRIVAL,
    RETURN,
    CHANGE,
    SETTLE
  }

  /** Something to be done, in the order of instants and, at the same one, of kinds. */
  private record Task(long atNs, Kind kind, int subject) implements Comparable<Task> {
    @Override
    public int compareTo(Task other) {
      int order = Long.compare(atNs, other.atNs);
      order = order != 0 ? order : kind.compareTo(other.kind);
      return order != 0 ? order : Integer.compare(subject, other.subject);
    }
  }

  private final PortScenario scenario;
  private final Shaper shaper;
  private final PriorityQueue<Task> tasks = new PriorityQueue<>();
  private final List<OracleEvent> events = new ArrayList<>();
  private final List<PortOracle.Transmission> transmissions = new ArrayList<>();
  private final Departure out = new Departure();
  private final int[] returned;
  private GateSchedule schedule = GateSchedule.open();
  private int knownChanges;
  private long nowNs;
  private long freeNs;

  /** Per class, until when a dropped frame counts as waiting. */
  private final long[] droppedUntilNs = new long[8];

  /**
   * Where the comparison of credits ends: a frame was dropped while the link was taken, and another
   * of its class came before the link was free. Whether the class waited then is a matter of taste.
   */
  private long definedUntilNs = PortScenario.END_NS;

  private PlannerSimulation(PortScenario scenario, ShaperFactory factory) {
    this.scenario = scenario;
    returned = new int[scenario.frames().capacity()];
    scenario.first().ifPresent(first -> change(first, 0));
    shaper = factory.create(scenario.frames(), PortScenario.PORT, schedule);
    for (PortScenario.Arrival arrival : scenario.arrivals()) {
      tasks.add(new Task(arrival.atNs(), Kind.ARRIVAL, arrival.frame()));
    }
    for (int i = 1; i < scenario.changes().size(); i++) {
      tasks.add(new Task(scenario.changes().get(i).atNs(), Kind.CHANGE, i));
    }
    for (int i = scenario.random().nextInt(3); i > 0; i--) {
      tasks.add(new Task(scenario.random().nextInt(PortScenario.END_NS), Kind.SETTLE, i));
    }
  }

  /**
   * Runs one case.
   *
   * @param factory makes the shaper; what is late by more than its allowance must come back and be
   *     queued anew
   * @throws AssertionError if a departure is not the oracle's
   */
  public static void agrees(PortScenario scenario, ShaperFactory factory, CreditRules rules) {
    PlannerSimulation simulation = new PlannerSimulation(scenario, factory);
    simulation.run();
    List<PortOracle.Transmission> expected =
        new PortOracle(scenario.frames(), PortScenario.PORT, rules, PortScenario.END_NS)
            .run(simulation.events);
    long endNs = rules.equals(CreditRules.NONE) ? PortScenario.END_NS : simulation.definedUntilNs;
    expected = expected.stream().filter(sent -> sent.startNs() < endNs).toList();
    List<PortOracle.Transmission> found =
        simulation.transmissions.stream().filter(sent -> sent.startNs() < endNs).toList();
    for (int i = 0; i < Math.min(expected.size(), found.size()); i++) {
      assertEquals(expected.get(i), found.get(i), "departure " + i + " of " + found);
    }
    assertEquals(expected, found);
  }

  private void run() {
    long dueNs = commit();
    while (nowNs <= PortScenario.END_NS) {
      long taskNs = tasks.isEmpty() ? Shaper.NEVER : tasks.peek().atNs();
      nowNs = Math.min(taskNs, dueNs);
      if (nowNs == Shaper.NEVER) {
        return;
      }
      boolean arrivals = true;
      while (!tasks.isEmpty() && tasks.peek().atNs() <= nowNs) {
        Task task = tasks.remove();
        boolean arrival = task.kind() == Kind.ARRIVAL || task.kind() == Kind.RETURN;
        if (arrivals && !arrival) {
          commit(); // what is due is decided before the schedule changes
        }
        arrivals = arrival;
        perform(task);
      }
      dueNs = commit();
    }
  }

  private void perform(Task task) {
    if (task.kind() == Kind.ARRIVAL || task.kind() == Kind.RETURN) {
      if (nowNs < droppedUntilNs[scenario.frames().trafficClass(task.subject())]) {
        definedUntilNs = Math.min(definedUntilNs, freeNs);
      }
    }
    switch (task.kind()) {
      case ARRIVAL -> {
        boolean queued = shaper.enqueue(task.subject()) == Verdict.ACCEPTED;
        events.add(
            queued ? new OracleEvent.Arrival(nowNs, task.subject()) : dropped(task.subject()));
      }
      case RETURN -> {
        boolean queued = shaper.missed(task.subject(), nowNs) == Verdict.ACCEPTED;
        events.add(
            queued ? new OracleEvent.Return(nowNs, task.subject()) : dropped(task.subject()));
      }
      case CHANGE -> {
        long frontierNs = Math.max(nowNs + scenario.horizonNs(), freeNs);
        Optional<Long> dueNs =
            schedule.pending().map(GateSchedule.Pending::configChangeTimeNs).filter(this::isAhead);
        if (dueNs.isPresent() && dueNs.get() <= frontierNs) {
          // From one change to the next at least the horizon passes.
          tasks.add(new Task(dueNs.get(), Kind.CHANGE, task.subject()));
          return;
        }
        change(scenario.changes().get(task.subject()), frontierNs);
        shaper.schedule(schedule);
      }
      case SETTLE -> {
        schedule = schedule.at(nowNs);
        shaper.schedule(schedule);
      }
    }
  }

  private boolean isAhead(long atNs) {
    return atNs > nowNs;
  }

  private OracleEvent dropped(int frame) {
    return new OracleEvent.Drop(Math.max(nowNs, freeNs), frame, knownChanges);
  }

  /** The plan is fixed up to an instant; a change counts from there. */
  private void change(PortScenario.Request request, long frontierNs) {
    schedule = schedule.change(request.parameters(), frontierNs);
    long decidedNs = Math.max(nowNs, freeNs);
    events.add(new OracleEvent.Change(decidedNs, frontierNs, request.parameters()));
    knownChanges++;
  }

  /** Takes what is due; returns when the next departure is, or {@link Shaper#NEVER}. */
  private long commit() {
    long horizonNs = scenario.horizonNs();
    while (shaper.next(Math.max(nowNs, freeNs), Shaper.NEVER, NO_LIMIT, out)) {
      if (out.verdict != Verdict.ACCEPTED) {
        shaper.take(out);
        events.add(dropped(out.frame));
        droppedUntilNs[scenario.frames().trafficClass(out.frame)] = freeNs;
        continue;
      }
      assertTrue(out.notAfterNs >= out.launchNs, "no time to send");
      if (out.launchNs > nowNs + horizonNs) {
        return out.launchNs - horizonNs;
      }
      shaper.take(out);
      transmissions.add(new PortOracle.Transmission(out.frame, out.launchNs));
      freeNs = out.launchNs + out.durationNs;
      maybeMiss();
    }
    return Shaper.NEVER;
  }

  /** Now and then the machine stalls, and a frame comes back after its last instant. */
  private void maybeMiss() {
    boolean stalls = scenario.horizonNs() == 0 && scenario.random().nextInt(15) == 0;
    if (stalls && out.notAfterNs < out.launchNs + 3_000 && returned[out.frame]++ == 0) {
      long atNs = out.notAfterNs + 1 + scenario.random().nextInt(300);
      tasks.add(new Task(atNs, Kind.RETURN, out.frame));
    }
  }
}
