package org.ktsn.dataplane;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.ktsn.api.filter.Admission;
import org.ktsn.api.filter.Filter;
import org.ktsn.api.filter.FrameView;
import org.ktsn.api.filter.Leave;
import org.ktsn.api.frame.DropReason;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.GateSchedule;

/**
 * A filter that holds the data plane to what {@link Filter} promises: it throws where it is told
 * what can't be. What it answers is the test's to say.
 */
class CheckingFilter implements Filter {
  private enum State {
    UNKNOWN,
    WAITS,
    WAITS_OR_IS_LEAVING,
    LEAVES
  }

  private final State[] frames;
  private final long[] arrivals;
  private final boolean[] asksForHold;
  private final Pod[] pods = new Pod[Pod.MAX_PODS];
  private final boolean[] heeded = new boolean[Pod.MAX_PODS];
  private boolean asked;
  private long lastWaiting = -1;

  /** What it was asked and told, with the arrival number of the frame. */
  final List<String> calls = new ArrayList<>();

  /** What it answers. */
  BiConsumer<FrameView, Admission> admission = (frame, answer) -> {};

  BiConsumer<FrameView, Leave> departure = (frame, answer) -> {};

  /** Which pods it heeds. */
  Predicate<Pod> interest = pod -> true;

  boolean closed;

  CheckingFilter(int capacity) {
    frames = new State[capacity];
    Arrays.fill(frames, State.UNKNOWN);
    arrivals = new long[capacity];
    asksForHold = new boolean[capacity];
  }

  /** Returns how many frames it knows that have not ended. */
  int known() {
    return (int) Arrays.stream(frames).filter(state -> state != State.UNKNOWN).count();
  }

  /** Returns what it was told since this was asked last. */
  List<String> told() {
    List<String> told = List.copyOf(calls);
    calls.clear();
    return told;
  }

  private void called(String what, FrameView frame) {
    calls.add(what + " " + frame.arrival());
  }

  private void check(boolean condition, String what, FrameView frame) {
    if (!condition) {
      throw new AssertionError(
          what + " of frame " + frame.number() + ", which " + frames[frame.number()]);
    }
    if (frames[frame.number()] != State.UNKNOWN && arrivals[frame.number()] != frame.arrival()) {
      throw new AssertionError(what + " of a frame that has another one's number");
    }
  }

  private void begins(String what, FrameView frame, State state) {
    check(frames[frame.number()] == State.UNKNOWN, what, frame);
    if (pods[frame.pod()] == null) {
      throw new AssertionError(what + " of a frame of pod " + frame.pod() + " without the pod");
    }
    if (!heeded[frame.pod()]) {
      throw new AssertionError(
          what + " of a frame of pod " + frame.pod() + ", which is not heeded");
    }
    frames[frame.number()] = state;
    arrivals[frame.number()] = frame.arrival();
    called(what, frame);
  }

  private void ends(String what, FrameView frame) {
    check(frames[frame.number()] != State.UNKNOWN, what, frame);
    frames[frame.number()] = State.UNKNOWN;
    called(what, frame);
  }

  @Override
  public void admit(FrameView frame, long nowNs, Admission answer) {
    asked = true;
    begins("admit", frame, State.WAITS);
    admission.accept(
        frame,
        new Admission() {
          @Override
          public void drop(DropReason reason) {
            frames[frame.number()] = State.UNKNOWN; // nothing is told of it
            answer.drop(reason);
          }

          @Override
          public void internalPriority(int priority) {
            answer.internalPriority(priority);
          }
        });
  }

  @Override
  public void waits(FrameView frame, long nowNs) {
    if (asked || frame.arrival() <= lastWaiting) {
      throw new AssertionError("frames that wait come first, in their order");
    }
    lastWaiting = frame.arrival();
    begins("waits", frame, State.WAITS_OR_IS_LEAVING);
  }

  private boolean mayWait(FrameView frame) {
    return frames[frame.number()] == State.WAITS
        || frames[frame.number()] == State.WAITS_OR_IS_LEAVING;
  }

  private boolean mayLeave(FrameView frame) {
    return frames[frame.number()] == State.LEAVES
        || frames[frame.number()] == State.WAITS_OR_IS_LEAVING;
  }

  @Override
  public void inspect(FrameView frame, long nowNs, Leave answer) {
    asked = true;
    check(mayWait(frame), "inspect", frame);
    called("inspect", frame);
    asksForHold[frame.number()] = false;
    departure.accept(
        frame,
        new Leave() {
          @Override
          public long departsNs() {
            return answer.departsNs();
          }

          @Override
          public long latestNs() {
            return answer.latestNs();
          }

          @Override
          public void hold(long untilNs) {
            asksForHold[frame.number()] = true;
            answer.hold(untilNs);
          }

          @Override
          public void drop(DropReason reason) {
            answer.drop(reason);
          }
        });
  }

  @Override
  public void held(FrameView frame, long untilNs) {
    check(mayWait(frame) && asksForHold[frame.number()], "held", frame);
    if (frame.launchTimeNs() < untilNs) {
      throw new AssertionError("held until " + untilNs + ", to leave at " + frame.launchTimeNs());
    }
    frames[frame.number()] = State.WAITS;
    called("held", frame);
  }

  @Override
  public void leaves(FrameView frame, long departsNs) {
    check(mayWait(frame), "leaves", frame);
    frames[frame.number()] = State.LEAVES;
    called("leaves", frame);
  }

  @Override
  public void returned(FrameView frame, long nowNs) {
    check(mayLeave(frame), "returned", frame);
    frames[frame.number()] = State.WAITS;
    called("returned", frame);
  }

  @Override
  public void sent(FrameView frame, long actualNs) {
    check(mayLeave(frame), "sent", frame);
    ends("sent", frame);
  }

  @Override
  public void dropped(FrameView frame, DropReason reason) {
    ends("dropped " + reason.name(), frame);
  }

  @Override
  public void opened(Pod pod) {
    if (pods[pod.number()] != null) {
      throw new AssertionError("pod " + pod.number() + " is there already");
    }
    pods[pod.number()] = pod;
    calls.add("opened " + pod.name());
  }

  @Override
  public boolean heeds(Pod pod) {
    if (!pod.equals(pods[pod.number()])) {
      throw new AssertionError("pod " + pod.number() + " is asked about before it is there");
    }
    heeded[pod.number()] = interest.test(pod);
    return heeded[pod.number()];
  }

  /** Tells whether it has said that it heeds a pod which is there. */
  boolean heeds(int pod) {
    return heeded[pod];
  }

  @Override
  public void closed(int pod) {
    if (pods[pod] == null) {
      throw new AssertionError("pod " + pod + " is not there");
    }
    pods[pod] = null;
    heeded[pod] = false;
    calls.add("closed " + pod);
  }

  @Override
  public void schedule(GateSchedule schedule) {
    calls.add("schedule of " + schedule.pending().isPresent());
  }

  @Override
  public void link(PortModel link) {
    calls.add("link of " + link.rateBitsPerSecond());
  }

  @Override
  public void clockSet(long nowNs) {
    calls.add("clock " + nowNs);
  }

  @Override
  public void close() {
    closed = true;
  }
}
