package org.ktsn.dataplane;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.ktsn.api.filter.Filter;
import org.ktsn.api.filter.StatusTable;
import org.ktsn.api.frame.DropReason;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.schedule.TrafficClasses;

/**
 * The filters at work, in their order: asks them about frames, and tells them what becomes of each,
 * as {@link Filter} promises. Without filters nothing is done here.
 *
 * <p>A frame is known to those who heed its pod, each from when it is asked about its admission to
 * its end; what nobody knows calls nobody. Whoever tells of an end has done with the frame before:
 * where a filter keeps the planner, the frame is not affected, and the next life tells the others,
 * in {@link #resume}.
 *
 * <p>Planner thread only, but for {@link #slot} and {@link #step}; nothing allocates on a frame's
 * way.
 */
final class FilterLine implements PlanBasis.Reader {
  /** What filters are told of a frame whose datagram the planner has not taken after all. */
  private static final DropReason TAKEN_ANEW =
      DropReason.of("taken_anew", "the planner begins anew, and takes its datagram once more", "");

  /** Who has a frame held more often never lets it go. */
  private static final int MOST_HOLDS = 10_000;

  private static final int NO_FRAME = -1;

  private final Lives lives;
  private final FrameTable frames;
  private final Agenda agenda;
  private final StageSlot<FilterRow> slot;
  private final FilterTelling telling = new FilterTelling();
  private final Deque<FilterNews> news = new ArrayDeque<>();
  private final Pod[] pods = new Pod[Pod.MAX_PODS];
  private int nextToHear;
  private Optional<FilterArrival> arrival = Optional.empty();
  private PortModel link = NoStages.MODEL;
  private GateSchedule schedule = GateSchedule.open();

  /** The filters at work, in their order, and those of them that take a call. */
  private FilterStep[] steps = {};

  private final Map<FilterCall, FilterStep[]> takers = new EnumMap<>(FilterCall.class);

  /** How often each frame was held. */
  private final int[] holds;

  private int admitting = NO_FRAME;
  private int classBefore;
  private long heldUntilNs;

  FilterLine(
      Lives lives,
      FrameTable frames,
      Agenda agenda,
      Runnable wakePlanner,
      BooleanSupplier plannerRuns) {
    this.lives = lives;
    this.frames = frames;
    this.agenda = agenda;
    slot = new StageSlot<>(new FilterRow(List.of()), wakePlanner, plannerRuns);
    holds = new int[frames.capacity()];
  }

  /** Where rows of filters are offered. */
  StageSlot<FilterRow> slot() {
    return slot;
  }

  /** Makes a step of a filter. A control thread. */
  FilterStep step(String name, Filter filter) {
    return new FilterStep(lives, name, filter, FilterCall.of(filter), frames.capacity());
  }

  /** Asks a filter what others may know of it. */
  List<StatusTable> status(FilterStep step) {
    return step.status(agenda.nowNs);
  }

  // ---- a frame's way ----

  /**
   * Asks the filters about a frame on its way in. Where one drops it, those that know of it have
   * been told.
   *
   * @return {@link Verdict#ACCEPTED} or the reason to drop it
   */
  Verdict admit(int frame, TrafficClasses classes) {
    if (steps.length == 0) {
      return Verdict.ACCEPTED;
    }
    classBefore = frames.trafficClass(frame);
    holds[frame] = 0;
    admitting = frame;
    for (FilterStep step : steps) {
      if (step.interest().meets(frame, frames.pod(frame)) && step.takes(FilterCall.ADMIT)) {
        Verdict verdict = step.admit(frames, frame, agenda.nowNs, link, classes);
        if (verdict instanceof DropReason reason) {
          admitting = NO_FRAME;
          step.interest().ends(frame); // it knows
          dropped(frame, reason);
          return reason;
        }
      }
    }
    admitting = NO_FRAME;
    return Verdict.ACCEPTED;
  }

  /**
   * Asks about a frame whose turn has come.
   *
   * @param departsNs when it would leave
   * @param latestNs beyond which nothing is held
   * @return {@link Verdict#ACCEPTED}, the reason to drop it, or {@link Verdict#HOLD}: until {@link
   *     #heldUntilNs}
   */
  Verdict inspect(int frame, long departsNs, long latestNs) {
    if (steps.length == 0) {
      return Verdict.ACCEPTED;
    }
    Verdict all = Verdict.ACCEPTED;
    heldUntilNs = Long.MIN_VALUE;
    for (FilterStep step : takers(FilterCall.INSPECT)) {
      if (step.interest().knows(frame) && !step.isGone()) {
        Verdict verdict = step.inspect(frame, agenda.nowNs, link, departsNs, latestNs);
        if (verdict instanceof DropReason) {
          return verdict;
        }
        if (verdict == Verdict.HOLD && mayHold(step, frame)) {
          heldUntilNs = Math.max(heldUntilNs, step.untilNs());
          all = Verdict.HOLD;
        }
      }
    }
    return all;
  }

  private boolean mayHold(FilterStep step, int frame) {
    if (++holds[frame] <= MOST_HOLDS) {
      return true;
    }
    step.fail("it has held a frame for the " + MOST_HOLDS + "th time; that never ends");
    return false;
  }

  /** Returns until when the frame is to wait that was asked about last. */
  long heldUntilNs() {
    return heldUntilNs;
  }

  /** The frame that was asked about last is held: it is with the shaper again. */
  void held(int frame, long untilNs) {
    tell(FilterCall.HELD, frame, untilNs);
  }

  /** A frame leaves. */
  void leaves(int frame, long departsNs) {
    tell(FilterCall.LEAVES, frame, departsNs);
  }

  /** A frame that was to leave waits again. */
  void returned(int frame) {
    tell(FilterCall.RETURNED, frame, agenda.nowNs);
  }

  /** A frame was sent; its row is free. */
  void sent(int frame, long actualNs) {
    telling.tell(FilterCall.SENT, steps, frame, link, actualNs);
  }

  /** A frame was dropped, whether filters know it or not. */
  void dropped(int frame, DropReason reason) {
    telling.beginDrop(steps, frame, link, reason);
    telling.goOn();
  }

  private void tell(FilterCall call, int frame, long instantNs) {
    if (steps.length > 0) {
      telling.tell(call, takers(call), frame, link, instantNs);
    }
  }

  private FilterStep[] takers(FilterCall call) {
    return takers.get(call);
  }

  // ---- the planner's turn ----

  /** Tells what has happened since the last turn, and takes up what is offered; how much it was. */
  int begin() {
    if (news.isEmpty() && !slot.changed()) {
      return 0;
    }
    tellNews();
    if (slot.changed()) {
      adopt(slot.offered());
    }
    return 1;
  }

  private void tellNews() {
    while (!news.isEmpty()) {
      while (nextToHear < steps.length) {
        news.peek().tell(steps[nextToHear++]);
      }
      nextToHear = 0;
      news.remove();
    }
  }

  private void adopt(FilterRow row) {
    List<FilterStep> before = List.of(steps);
    List<FilterStep> present = row.steps().stream().filter(step -> !step.isGone()).toList();
    steps = present.toArray(FilterStep[]::new);
    for (FilterCall call : FilterCall.values()) {
      takers.put(
          call, present.stream().filter(step -> step.takes(call)).toArray(FilterStep[]::new));
    }
    Arrays.fill(holds, 0);
    slot.use(row);
    FilterStep[] newcomers =
        present.stream().filter(step -> !before.contains(step)).toArray(FilterStep[]::new);
    arrival = Optional.of(new FilterArrival(frames, link, schedule, pods, newcomers, agenda.nowNs));
    arrive();
  }

  private void arrive() {
    if (arrival.isPresent()) {
      arrival.get().goOn();
      arrival = Optional.empty();
    }
  }

  /** Another life plans: what the one before left in the middle is to be told; see resume. */
  void recover() {
    if (admitting != NO_FRAME) {
      int frame = admitting;
      admitting = NO_FRAME;
      frames.reclass(frame, classBefore); // it is admitted anew
      telling.beginDrop(steps, frame, link, TAKEN_ANEW);
    }
  }

  /** As {@link #recover}, for a frame whose datagram is still in its ring and comes again. */
  void takenBack(int frame) {
    if (!telling.isOfEnd(frame)) {
      telling.beginDrop(steps, frame, link, TAKEN_ANEW);
    }
  }

  /** Goes on where a filter has kept the planner: before anything else is done. */
  void resume() {
    telling.goOn();
    arrive();
  }

  // ---- what filters hear ----

  /** A pod comes. */
  void opened(Pod pod) {
    Pod before = pods[pod.number()];
    if (pod.equals(before)) {
      return;
    }
    if (before != null) {
      closed(pod.number());
    }
    pods[pod.number()] = pod;
    news.add(FilterNews.opened(pod));
  }

  /** A pod goes. */
  void closed(int pod) {
    if (pods[pod] != null) {
      pods[pod] = null;
      news.add(FilterNews.closed(pod));
    }
  }

  @Override
  public void planBy(GateSchedule next, PortModel onLink) {
    if (!onLink.equals(link)) {
      link = onLink;
      news.add(FilterNews.link(onLink));
    }
    if (!next.equals(schedule)) {
      schedule = next;
      news.add(FilterNews.schedule(next));
    }
  }

  @Override
  public void clockSet(long nowNs) {
    news.add(FilterNews.clockSet(nowNs));
  }
}
