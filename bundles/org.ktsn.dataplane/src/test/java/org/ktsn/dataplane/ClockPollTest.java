package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.ktsn.dataplane.RunningPlanner.await;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.ktsn.api.time.ClockQuality;
import org.ktsn.api.time.ClockReport;
import org.ktsn.api.time.ClockState;

/** A monitor that answers, one that fails, and one that does not come back. */
final class ClockPollTest {
  private static final ClockReport REPORT =
      new ClockReport(
          ClockState.LOCAL,
          0,
          List.of(),
          OptionalLong.empty(),
          OptionalLong.empty(),
          "",
          37,
          Set.of(),
          0);

  private final AtomicInteger heard = new AtomicInteger();

  private record Monitor(Supplier<ClockReport> answer) implements ClockQuality {
    @Override
    public ClockReport report() {
      return answer.get();
    }

    @Override
    public Map<String, Long> counters() {
      return Map.of();
    }
  }

  private ClockPoll poll(Supplier<ClockReport> answer) {
    return new ClockPoll(new Monitor(answer), _ -> heard.incrementAndGet());
  }

  @Test
  void shouldAskNowAndThenAndAtOnceWhenToldTo() {
    ClockPoll poll = poll(() -> REPORT);
    poll.start();
    await("the first report", () -> heard.get() >= 1);
    for (int i = 2; i < 20; i++) {
      int next = i;
      poll.askNow();
      await("another", () -> heard.get() >= next);
    }
    poll.stop();
    int last = heard.get();
    poll.askNow();
    assertEquals(last, heard.get());
  }

  @Test
  void shouldGoOnAskingAMonitorThatFails() {
    AtomicInteger asked = new AtomicInteger();
    ClockPoll poll =
        poll(
            () -> {
              if (asked.incrementAndGet() < 3) {
                throw new IllegalStateException("broken on purpose");
              }
              return REPORT;
            });
    poll.start();
    await("a report", () -> heard.get() >= 1);
    poll.stop();
    assertTrue(asked.get() >= 3);
  }

  @Test
  void shouldLeaveAMonitorThatDoesNotComeBackAndHearNothingOfItLater() throws Exception {
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch back = new CountDownLatch(1);
    ClockPoll poll =
        poll(
            () -> {
              inside.countDown();
              boolean released = false;
              while (!released) {
                try {
                  release.await();
                  released = true;
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              }
              back.countDown();
              return REPORT;
            });
    poll.start();
    inside.await();
    poll.askNow();
    poll.stop(); // returns although the monitor does not
    release.countDown();
    back.await();
    assertEquals(0, heard.get());
  }
}
