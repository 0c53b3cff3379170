package org.ktsn.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class CommandQueueTest {
  private final AtomicInteger wakes = new AtomicInteger();
  private final CommandQueue queue = new CommandQueue("ktsn-test", wakes::incrementAndGet);
  private final List<String> done = new ArrayList<>();

  /** A queue whose thread gets to it as soon as it is woken. */
  private static CommandQueue obeyed() {
    CommandQueue[] self = new CommandQueue[1];
    self[0] = new CommandQueue("ktsn-test", () -> self[0].obey());
    return self[0];
  }

  @Test
  void shouldCarryOutCommandsInTheirOrderAndOnlyInTheThreadsTurn() {
    queue.post(() -> done.add("first"));
    queue.post(() -> done.add("second"));
    assertEquals(List.of(), done);
    assertEquals(2, wakes.get());
    queue.obey();
    assertEquals(List.of("first", "second"), done);
    queue.obey();
    assertEquals(2, done.size(), "once");
  }

  @Test
  void shouldCarryOutTheOthersWhenOneFails() {
    queue.post(
        () -> {
          throw new IllegalStateException("of one pod");
        });
    queue.post(
        () -> {
          throw new StackOverflowError();
        });
    queue.post(() -> done.add("other"));
    queue.obey();
    assertEquals(List.of("other"), done);
  }

  @Test
  void shouldReturnWhenTheCommandHasBeenCarriedOut() {
    obeyed().run(() -> done.add("awaited"));
    assertEquals(List.of("awaited"), done);
  }

  @Test
  void shouldThrowWhatTheCommandThrew() {
    IllegalArgumentException failure = new IllegalArgumentException("no such pod");
    assertSame(
        failure,
        assertThrows(
            IllegalArgumentException.class,
            () ->
                obeyed()
                    .run(
                        () -> {
                          throw failure;
                        })));
  }

  @Test
  void shouldNameTheThreadWhenACommandEndsInAnError() {
    IllegalStateException failure =
        assertThrows(
            IllegalStateException.class,
            () ->
                obeyed()
                    .run(
                        () -> {
                          throw new NoClassDefFoundError("org/example/Gone");
                        }));
    assertEquals(
        "the thread ktsn-test failed: java.lang.NoClassDefFoundError: org/example/Gone",
        failure.getMessage());
  }

  @Test
  void shouldNotWaitOnWhenInterrupted() {
    Thread.currentThread().interrupt();
    assertThrows(IllegalStateException.class, () -> queue.run(() -> done.add("late")));
    assertEquals(true, Thread.interrupted());
  }
}
