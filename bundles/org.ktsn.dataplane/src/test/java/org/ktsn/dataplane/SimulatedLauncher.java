package org.ktsn.dataplane;

import java.util.ArrayList;
import java.util.List;
import org.ktsn.foreign.LaunchRing;
import org.ktsn.foreign.Launcher;

/**
 * A launcher without a thread: frames leave when the test says up to when. It goes by the native
 * one's rules: in the order of the instants; what can't start by its last instant is missed, and
 * those of its queue that were submitted without knowing of it come back.
 */
final class SimulatedLauncher implements LaunchRing {
  private static final int ROOM = 1024;

  /** A frame that was submitted. */
  record Launch(
      long instantNs,
      long notAfterNs,
      int durationNs,
      int number,
      int queue,
      int pod,
      long collected,
      long launchTimeNs,
      long arrival) {}

  /** What became of one. */
  record Completion(Launch launch, int outcome, long actualNs) {}

  private final List<Launch> waiting = new ArrayList<>();
  private final List<Completion> done = new ArrayList<>();
  private final long[] missedAt = new long[8];
  private int outstanding;
  private long unpublishedFromNs = Long.MAX_VALUE;
  private long completed;
  private long collected;
  private boolean returnAll;
  private Completion current;

  /** What was handed to the device, in order. */
  final List<Completion> sent = new ArrayList<>();

  /** What the planner knows of the frames. */
  FrameTable frames;

  /** Whether the device takes nothing. */
  boolean refuses;

  /** What happens whenever a frame is submitted: time passes. */
  Runnable submitting = () -> {};

  /** What happens when the launcher learns of frames: one that shares the processor goes on. */
  Runnable takesOver = () -> {};

  /** Has everything leave whose instant comes up to one. */
  void launchUntil(long nowNs) {
    if (returnAll) {
      returnAll = false;
      while (!waiting.isEmpty()) {
        complete(takeFirst(), Launcher.RETURNED, nowNs);
      }
    }
    while (!waiting.isEmpty() && first().instantNs() <= nowNs) {
      Launch launch = takeFirst();
      if (launch.collected() < missedAt[launch.queue()]) {
        complete(launch, Launcher.RETURNED, launch.instantNs());
      } else {
        complete(launch, refuses ? Launcher.REFUSED : Launcher.SENT, launch.instantNs());
      }
    }
  }

  /** Stands still until an instant: what should have left in the meantime leaves late, or not. */
  void stallUntil(long nowNs) {
    while (!waiting.isEmpty() && first().instantNs() <= nowNs) {
      Launch launch = takeFirst();
      if (launch.collected() < missedAt[launch.queue()]) {
        complete(launch, Launcher.RETURNED, nowNs);
      } else if (nowNs > launch.notAfterNs()) {
        complete(launch, Launcher.MISSED, nowNs);
        missedAt[launch.queue()] = completed;
      } else {
        complete(launch, Launcher.SENT, nowNs);
      }
    }
  }

  private Launch first() {
    Launch first = waiting.get(0);
    for (Launch launch : waiting) {
      first = launch.instantNs() < first.instantNs() ? launch : first;
    }
    return first;
  }

  private Launch takeFirst() {
    Launch first = first();
    waiting.remove(first);
    return first;
  }

  private void complete(Launch launch, int outcome, long actualNs) {
    completed++;
    Completion completion = new Completion(launch, outcome, actualNs);
    done.add(completion);
    if (outcome == Launcher.SENT) {
      sent.add(completion);
    }
  }

  @Override
  public int outstanding() {
    return outstanding;
  }

  @Override
  public boolean hasRoom() {
    return outstanding < ROOM;
  }

  @Override
  public void submit(
      long frame,
      long port,
      long instantNs,
      long notAfterNs,
      int durationNs,
      int number,
      int lengthOctets,
      int queue) {
    if (frame == 0 || port == 0 || !hasRoom()) {
      throw new AssertionError("frame " + frame + " through port " + port);
    }
    submitting.run();
    outstanding++;
    unpublishedFromNs = Math.min(unpublishedFromNs, instantNs);
    waiting.add(
        new Launch(
            instantNs,
            notAfterNs,
            durationNs,
            number,
            queue,
            frames.pod[number],
            collected,
            frames.launchTimeNs(number),
            frames.arrival(number)));
  }

  @Override
  public void publish() {
    if (unpublishedFromNs != Long.MAX_VALUE) {
      unpublishedFromNs = Long.MAX_VALUE;
      takesOver.run();
    }
  }

  @Override
  public long unpublishedFromNs() {
    return unpublishedFromNs;
  }

  @Override
  public boolean givesBack() {
    return !done.isEmpty()
        && (done.getLast().outcome() == Launcher.MISSED
            || done.getLast().outcome() == Launcher.RETURNED);
  }

  @Override
  public boolean collect() {
    if (done.isEmpty()) {
      return false;
    }
    current = done.remove(0);
    collected++;
    outstanding--;
    return true;
  }

  @Override
  public int number() {
    return current.launch().number();
  }

  @Override
  public boolean spun() {
    return current.outcome() == Launcher.SENT;
  }

  @Override
  public int outcome() {
    return current.outcome();
  }

  @Override
  public long actualNs() {
    return current.actualNs();
  }

  @Override
  public void plannedBy(int threadId) {}

  @Override
  public void returnAll() {
    returnAll = true;
  }
}
