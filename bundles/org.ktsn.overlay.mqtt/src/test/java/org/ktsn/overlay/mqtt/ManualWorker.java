package org.ktsn.overlay.mqtt;

import java.util.Comparator;
import java.util.PriorityQueue;

/** Does things when the test lets the time come, in their order. */
final class ManualWorker implements OverlayPart.Later {
  private final PriorityQueue<Task> tasks =
      new PriorityQueue<>(
          Comparator.comparingLong((Task task) -> task.dueNs()).thenComparingLong(Task::sequence));
  private long nowNs = 1_000_000_000_000L;
  private long sequence;
  private long clockStepNs;

  private record Task(long dueNs, long sequence, Runnable task) {}

  @Override
  public void later(Runnable task, long delayNs) {
    tasks.add(new Task(nowNs + delayNs, sequence++, task));
  }

  long nowNs() {
    return nowNs + clockStepNs;
  }

  /** Sets the clock, and not what measures delays. */
  void stepClock(long byNs) {
    clockStepNs += byNs;
  }

  /** Lets time pass. */
  void pass(long durationNs) {
    long endNs = nowNs + durationNs;
    while (!tasks.isEmpty() && tasks.peek().dueNs() <= endNs) {
      Task next = tasks.remove();
      nowNs = next.dueNs();
      next.task().run();
    }
    nowNs = endNs;
  }
}
