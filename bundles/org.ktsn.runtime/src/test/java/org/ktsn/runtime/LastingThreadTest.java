package org.ktsn.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class LastingThreadTest {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final List<Long> pausesNs = new ArrayList<>();
  private final AtomicInteger turns = new AtomicInteger();
  private final CountDownLatch ended = new CountDownLatch(1);
  private LastingThread thread;

  private void run(FailureBook book, LastingThread.Turn turn) throws InterruptedException {
    thread =
        new LastingThread(
            Thread.ofPlatform().daemon(), "test", turn, ended::countDown, book, pausesNs::add);
    assertTrue(thread.start().join(LIMIT));
  }

  private static FailureBook book() {
    return new FailureBook("the test", "mend it", () -> 0);
  }

  @Test
  void shouldGoOnAfterWhateverATurnThrows() throws InterruptedException {
    List<Throwable> failures =
        List.of(
            new IllegalStateException("state"),
            new IOException("descriptors"),
            new OutOfMemoryError("memory"),
            new StackOverflowError(),
            new NoClassDefFoundError("gone"),
            new AssertionError("wrong"));

    run(
        book(),
        () -> {
          int number = turns.getAndIncrement();
          if (number == failures.size()) {
            thread.stop();
            return;
          }
          switch (failures.get(number)) {
            case Exception e -> throw e;
            case Error e -> throw e;
            default -> throw new AssertionError();
          }
        });

    assertEquals(failures.size() + 1, turns.get());
    assertEquals(0, ended.getCount());
  }

  @Test
  void shouldPauseLongerTheLongerItFailsAndShortlyAfterItWorkedAgain() throws InterruptedException {
    run(
        book(),
        () -> {
          switch (turns.getAndIncrement()) {
            case 10 -> {} // this one works
            case 12 -> thread.stop();
            default -> throw new IllegalStateException("no");
          }
        });

    assertEquals(10_000_000L, pausesNs.getFirst());
    assertEquals(20_000_000L, pausesNs.get(1));
    assertEquals(1_000_000_000L, pausesNs.get(9));
    assertEquals(10_000_000L, pausesNs.get(10));
  }

  @Test
  void shouldShowThatItFailsUntilItHasEnded() throws InterruptedException {
    FailureBook book = book();

    run(
        book,
        () -> {
          if (turns.getAndIncrement() > 0) {
            assertEquals(
                "the test fails (Error: broken) and goes on; mend it",
                FailureBook.allTroubles().getFirst().sentence());
            thread.stop();
          }
          throw new Error("broken");
        });

    assertEquals(2, turns.get());
    assertEquals(List.of(), FailureBook.allTroubles());
  }

  @Test
  void shouldTakeAnInterruptionForTheEndOfATurnOnly() throws InterruptedException {
    run(
        book(),
        () -> {
          if (turns.getAndIncrement() == 2) {
            thread.stop();
          }
          throw new InterruptedException();
        });

    assertEquals(3, turns.get());
    assertEquals(List.of(), pausesNs);
  }

  @Test
  void shouldLogEachKindOfFailureOnceAndAnewWhenItIsForgotten() {
    long[] nowNs = {0};
    try (FailureBook book = new FailureBook("the test", "mend it", () -> nowNs[0])) {
      assertTrue(book.failed(new IOException("one")));
      assertTrue(book.failed(new IOException("two")));
      for (int i = 0; i < 1000; i++) {
        nowNs[0] += FailureBook.FORGOTTEN_NS / 2;
        assertFalse(book.failed(new IOException("one")));
      }
      assertTrue(book.failed(new IOException("two")));
      assertTrue(book.failed(new IllegalStateException("one")));
    }
  }

  @Test
  void shouldShowAFailureWhileItIsFresh() {
    long[] nowNs = {0};
    try (FailureBook book = new FailureBook("the test", "mend it", () -> nowNs[0])) {
      assertTrue(book.trouble().isEmpty());
      assertTrue(book.failed(new IOException("one")));
      nowNs[0] += FailureBook.FRESH_NS - 1;
      assertTrue(book.trouble().isPresent());
      nowNs[0] += 1;
      assertTrue(book.trouble().isEmpty());
    }
  }
}
