package org.ktsn.foreign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

final class ProcessorsTest {
  @Test
  void shouldTellThoseOfTheProcessAlsoToAPinnedThread() throws InterruptedException {
    List<Integer> allowed = Processors.allowed();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread pinned =
        Thread.ofPlatform()
            .uncaughtExceptionHandler((thread, thrown) -> failure.set(thrown))
            .start(
                () -> {
                  NativeThread.place(allowed.getLast(), 0);
                  assertEquals(allowed, Processors.allowed());
                });
    pinned.join();
    assertNull(failure.get());
  }
}
