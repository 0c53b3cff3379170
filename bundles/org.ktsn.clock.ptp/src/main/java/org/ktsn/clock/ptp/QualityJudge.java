package org.ktsn.clock.ptp;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.ktsn.api.time.ClockPolicy;
import org.ktsn.api.time.ClockReason;
import org.ktsn.api.time.ClockReport;
import org.ktsn.api.time.ClockState;
import org.ktsn.foreign.SystemClocks;

/**
 * Makes one quality out of what all watched ptp4l say: that of the best one. No clock of its own;
 * one thread.
 */
final class QualityJudge {
  private static final int REMEMBERED = 32;

  /** From the best to the worst; WRONG is last, because an instance that is right outweighs it. */
  private static final List<ClockState> BEST_FIRST =
      List.of(
          ClockState.SYNCHRONISED,
          ClockState.HOLDOVER,
          ClockState.FREE_RUNNING,
          ClockState.WRONG,
          ClockState.LOCAL);

  private final QualitySettings quality;
  private final boolean automatic;
  private final Map<String, InstanceJudge> judges = new LinkedHashMap<>();
  private final Map<String, Observation> taken = new LinkedHashMap<>();
  private final Map<String, Judgement> judgements = new LinkedHashMap<>();
  private final Deque<Transition> transitions = new ArrayDeque<>();
  private boolean met;
  private Optional<ClockReport> report = Optional.empty();

  /**
   * Makes one.
   *
   * @param automatic whether the instances are those that are usual, not those that somebody asked
   *     for: then none of them need be there
   */
  QualityJudge(List<InstanceSettings> instances, QualitySettings quality, boolean automatic) {
    this.quality = quality;
    this.automatic = automatic;
    instances.forEach(it -> judges.put(it.name(), new InstanceJudge(it, quality)));
  }

  /** The node's clock jumped. */
  void stepped(long nowNs) {
    judges.values().forEach(judge -> judge.stepped(nowNs));
  }

  /**
   * Judges anew.
   *
   * @return the report; it differs in its state from the one before only if the state has changed
   */
  ClockReport judge(List<InstanceStatus> all, SystemClocks.Reading clocks, long nanoTime) {
    Optional<Judgement> best = Optional.empty();
    for (InstanceStatus status : all) {
      Judgement judgement = judge(status, clocks);
      judgements.put(status.settings().name(), judgement);
      if (status.settings().judged() && best.map(it -> rank(judgement) < rank(it)).orElse(true)) {
        best = Optional.of(judgement);
      }
    }
    met |= all.stream().anyMatch(QualityJudge::isThere);
    boolean local = best.isEmpty() || (automatic && !met);
    Judgement judgement = local ? local(clocks.taiOffsetS()) : best.get();
    ClockReport next = report(judgement, clocks, nanoTime, disagreement(judgement));
    report.filter(before -> before.state() != next.state()).ifPresent(it -> remember(it, next));
    report = Optional.of(next);
    return next;
  }

  private Judgement judge(InstanceStatus status, SystemClocks.Reading clocks) {
    String name = status.settings().name();
    InstanceJudge judge = judges.get(name);
    status
        .observation()
        .filter(observation -> !observation.equals(taken.put(name, observation)))
        .ifPresent(judge::observe);
    return judge.judgement(status, clocks.monotonicNs(), clocks.taiOffsetS());
  }

  private static int rank(Judgement judgement) {
    return BEST_FIRST.indexOf(judgement.state());
  }

  private static boolean isThere(InstanceStatus status) {
    return switch (status.reach()) {
      case NOT_ASKED, NO_SOCKET, NOT_LISTENING -> false;
      case ANSWERS, DENIED, HANGS, SILENT, ELSEWHERE, REFUSES -> true;
    };
  }

  private static Judgement local(int kernelTaiOffsetS) {
    List<ClockReason> reasons = new ArrayList<>();
    reasons.add(
        new ClockReason(
            "local_clock",
            "no ptp4l runs here: the clock of this host counts, for all its pods alike"));
    TaiOffsetRule.localRemark(kernelTaiOffsetS).ifPresent(reasons::add);
    return new Judgement(ClockState.LOCAL, reasons, OptionalLong.of(0), OptionalLong.empty(), "");
  }

  /** Says which other instance contradicts the one that counts. */
  private List<ClockReason> disagreement(Judgement chosen) {
    if (chosen.state() != ClockState.SYNCHRONISED) {
      return List.of();
    }
    return judgements.entrySet().stream()
        .filter(entry -> entry.getValue().state() == ClockState.WRONG)
        .map(
            entry ->
                new ClockReason(
                    "instances_disagree",
                    "instance "
                        + entry.getKey()
                        + " finds the clock wrong: "
                        + entry.getValue().reasons().getFirst().sentence()))
        .toList();
  }

  private ClockReport report(
      Judgement judgement, SystemClocks.Reading clocks, long nanoTime, List<ClockReason> further) {
    List<ClockReason> reasons = new ArrayList<>(judgement.reasons());
    reasons.addAll(further);
    long since =
        report
            .filter(before -> before.state() == judgement.state())
            .map(ClockReport::sinceTaiNs)
            .orElse(clocks.taiNs());
    return new ClockReport(
        judgement.state(),
        since,
        reasons,
        judgement.uncertaintyNs(),
        judgement.offsetNs(),
        judgement.grandmaster(),
        clocks.taiOffsetS(),
        quality.policies().getOrDefault(judgement.state(), Set.of(ClockPolicy.GO_ON)),
        nanoTime);
  }

  private void remember(ClockReport before, ClockReport now) {
    String reason = now.reasons().isEmpty() ? "" : now.reasons().getFirst().code();
    transitions.addLast(new Transition(before.state(), now.state(), now.sinceTaiNs(), reason));
    while (transitions.size() > REMEMBERED) {
      transitions.removeFirst();
    }
  }

  /** Returns the latest changes of the state, the oldest first. */
  List<Transition> transitions() {
    return List.copyOf(transitions);
  }

  /** Returns what each instance says, by name. */
  Map<String, Judgement> judgements() {
    return Map.copyOf(judgements);
  }
}
