package org.ktsn.dataplane;

import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.ktsn.api.filter.Filter;
import org.ktsn.api.filter.StatusTable;
import org.ktsn.api.frame.DropReason;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.TrafficClasses;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One filter of the line, behind its {@link Guard}, and what it has to do with. One that fails is
 * asked nothing any more, and its frames go on without it. Planner thread only, but for {@link
 * #name}, {@link #problem} and {@link #filter}.
 */
final class FilterStep {
  private static final Logger LOG = LoggerFactory.getLogger(FilterStep.class);

  private final String name;
  private final Filter filter;

  /** What the filter is asked and told: a bit for each, by its place in {@link FilterCall}. */
  private final int calls;

  private final Guard<Filter> guard;
  private final FilterInterest interest;
  private boolean gone;
  private boolean asked;
  private long untilNs;
  private volatile String problem = "";

  /**
   * Makes a step.
   *
   * @param calls what the filter is asked and told
   * @param frameCapacity how many frames there can be
   */
  FilterStep(Lives lives, String name, Filter filter, Set<FilterCall> calls, int frameCapacity) {
    this.name = name;
    this.filter = filter;
    this.calls = calls.stream().mapToInt(FilterStep::bit).sum();
    guard = new Guard<>("filter", lives, filter, name, this::failed);
    interest = new FilterInterest(calls.contains(FilterCall.HEEDS), frameCapacity);
  }

  String name() {
    return name;
  }

  Filter filter() {
    return filter;
  }

  /** Returns why it was taken out; empty if it was not. */
  String problem() {
    return problem;
  }

  /** Tells whether it was taken out. */
  boolean isGone() {
    return gone;
  }

  /** Tells whether it is to be asked, or told, something. */
  boolean takes(FilterCall call) {
    return !gone && (calls & bit(call)) != 0;
  }

  /** Returns which pods and frames it has to do with. */
  FilterInterest interest() {
    return interest;
  }

  /** Tells whether it asked for a hold when it was asked last. */
  boolean hasAskedForHold() {
    return asked;
  }

  /** Returns until when it wants the frame held that it was asked about last. */
  long untilNs() {
    return untilNs;
  }

  /** Takes it out: its answers can't be. */
  void fail(String nonsense) {
    guard.failed(new IllegalStateException(nonsense));
  }

  /**
   * Asks about a frame on its way in, which may get another class by that.
   *
   * @return {@link Verdict#ACCEPTED} or the reason to drop it
   */
  Verdict admit(FrameTable frames, int frame, long nowNs, PortModel link, TrafficClasses classes) {
    Life life = guard.out();
    AdmissionAnswer answer = life.admission.begin();
    try {
      filter.admit(life.shown.show(frame, link, true), nowNs, answer);
    } catch (Throwable e) {
      guard.threw(life, e);
      return Verdict.ACCEPTED;
    }
    life.in();
    if (!answer.nonsense().isEmpty()) {
      fail(answer.nonsense());
      return Verdict.ACCEPTED;
    }
    if (answer.verdict() == Verdict.ACCEPTED && answer.hasPriority()) {
      frames.reclass(frame, classes.of(answer.priority()));
    }
    return answer.verdict();
  }

  /**
   * Asks about a frame whose turn has come.
   *
   * @return {@link Verdict#ACCEPTED}, the reason to drop it, or {@link Verdict#HOLD}: see {@link
   *     #untilNs}
   */
  Verdict inspect(int frame, long nowNs, PortModel link, long departsNs, long latestNs) {
    asked = false;
    Life life = guard.out();
    LeaveAnswer answer = life.leave.begin(departsNs, latestNs);
    try {
      filter.inspect(life.shown.show(frame, link, true), nowNs, answer);
    } catch (Throwable e) {
      guard.threw(life, e);
      return Verdict.ACCEPTED;
    }
    life.in();
    if (!answer.nonsense().isEmpty()) {
      fail(answer.nonsense());
      return Verdict.ACCEPTED;
    }
    asked = answer.verdict() == Verdict.HOLD;
    untilNs = answer.untilNs();
    return answer.verdict();
  }

  /**
   * Tells of a frame.
   *
   * @param instantNs what belongs to the call
   * @param reason only if it is dropped
   */
  void tell(FilterCall call, int frame, PortModel link, long instantNs, DropReason reason) {
    Life life = guard.out();
    ShownFrame shown = life.shown.show(frame, link, call != FilterCall.SENT);
    try {
      switch (call) {
        case WAITS -> filter.waits(shown, instantNs);
        case HELD -> filter.held(shown, instantNs);
        case LEAVES -> filter.leaves(shown, instantNs);
        case RETURNED -> filter.returned(shown, instantNs);
        case SENT -> filter.sent(shown, instantNs);
        case DROPPED -> filter.dropped(shown, reason);
        default -> throw new AssertionError(call + " is not of a frame");
      }
    } catch (Throwable e) {
      guard.threw(life, e);
      return;
    }
    life.in();
  }

  /** Tells something that is not of a frame. May allocate. */
  void hear(FilterCall call, Consumer<Filter> news) {
    if (takes(call)) {
      guard.tell(news);
    }
  }

  /** Tells of a pod that comes, and asks whether its frames concern it. May allocate. */
  void opened(Pod pod) {
    hear(FilterCall.OPENED, step -> step.opened(pod));
    if (takes(FilterCall.HEEDS)) {
      interest.heeds(pod.number(), guard.ask(step -> step.heeds(pod), false));
    }
  }

  /** Tells of a pod that goes. May allocate. */
  void closed(int pod) {
    interest.closed(pod);
    hear(FilterCall.CLOSED, step -> step.closed(pod));
  }

  /** Asks what others may know of it; nothing if it fails at that. May allocate. */
  List<StatusTable> status(long nowNs) {
    return gone ? List.of() : guard.ask(step -> List.copyOf(step.status(nowNs)), List.of());
  }

  @SuppressWarnings("EnumOrdinal") // is kept nowhere else
  private static int bit(FilterCall call) {
    return 1 << call.ordinal();
  }

  private void failed(Filter failed, Throwable why) {
    LOG.error("event=filter-failed filter={} action=frames-go-on-without-it", name, why);
    gone = true;
    asked = false;
    problem = sentence(why);
  }

  private static String sentence(Throwable why) {
    String said = why.getMessage();
    return why instanceof IllegalStateException && said != null ? said : "it threw " + why;
  }
}
