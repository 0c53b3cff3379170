package org.ktsn.filter.psfp.line;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.management.ManagementFactory;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.ktsn.api.filter.Admission;
import org.ktsn.api.filter.Leave;
import org.ktsn.api.frame.DropReason;
import org.ktsn.filter.psfp.model.PolicingParameters;

/** Nothing is allocated on a frame's way, also where a new plan is picked up. */
class AllocationTest {
  private static final long NOW_NS = 1_767_225_637_000_000_000L;

  /** Remembers a reason, and nothing else. */
  private static final class Answer implements Admission, Leave {
    private DropReason reason;
    private long atNs;

    @Override
    public void drop(DropReason why) {
      reason = why;
    }

    @Override
    public void internalPriority(int other) {}

    @Override
    public long departsNs() {
      return atNs;
    }

    @Override
    public long latestNs() {
      return Long.MAX_VALUE;
    }

    @Override
    public void hold(long untilNs) {}
  }

  @Test
  void shouldAllocateNothingPerFrame() {
    com.sun.management.ThreadMXBean threads =
        (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    PsfpFilter filter = new PsfpFilter(64, gone -> {});
    Random random = new Random(9);
    Answer answer = new Answer();
    FakeFrame frame = new FakeFrame();
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 60; round++) {
      PolicingParameters asked = new RandomPolicing(random, NOW_NS).next();
      filter.change(asked, NOW_NS);
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < 2_000; i++) {
        frame.number = i % 64;
        frame.lengthOctets = 60 + i % 1400;
        frame.tagged = i % 3 == 0;
        frame.priority = i % 8;
        frame.launchTimeNs = NOW_NS + i * 1_000L;
        go(filter, frame, answer, i);
      }
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
    }
    assertEquals(0, least, "bytes");
  }

  private static void go(PsfpFilter filter, FakeFrame frame, Answer answer, int i) {
    answer.reason = null;
    answer.atNs = frame.launchTimeNs;
    filter.admit(frame, NOW_NS, answer);
    if (answer.reason != null) {
      return;
    }
    filter.inspect(frame, frame.launchTimeNs, answer);
    if (answer.reason != null) {
      filter.dropped(frame, answer.reason);
      return;
    }
    filter.leaves(frame, frame.launchTimeNs);
    if (i % 5 == 0) {
      filter.returned(frame, frame.launchTimeNs);
      filter.leaves(frame, frame.launchTimeNs);
    }
    filter.sent(frame, frame.launchTimeNs);
  }
}
