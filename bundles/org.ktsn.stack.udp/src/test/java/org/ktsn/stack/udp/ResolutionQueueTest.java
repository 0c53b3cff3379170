package org.ktsn.stack.udp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

final class ResolutionQueueTest {
  private final ResolutionQueue queue = new ResolutionQueue();

  @Test
  void shouldHandOverPodAndNextHopInOrder() {
    assertTrue(queue.offer(1023, -1, -2, true));
    assertTrue(queue.offer(0, 0, 0, false));
    assertTrue(queue.poll());
    assertEquals(1023, queue.pod());
    assertEquals(new IpAddress(-1, -2), queue.nextHop());
    assertTrue(queue.isDoubt());
    assertTrue(queue.poll());
    assertEquals(0, queue.pod());
    assertEquals(IpAddress.NONE, queue.nextHop());
    assertFalse(queue.isDoubt());
    assertFalse(queue.poll());
  }

  @Test
  void shouldRefuseWhenFullAndTakeAgainWhenRead() {
    int taken = 0;
    while (queue.offer(1, 0, taken, false)) {
      taken++;
    }
    assertEquals(1024, taken);
    queue.poll();
    assertTrue(queue.offer(1, 0, taken, false));
    assertFalse(queue.offer(1, 0, taken, false));
  }

  @Test
  void shouldLoseNothingBetweenTwoThreads() throws InterruptedException {
    int count = 100_000;
    AtomicLong wrong = new AtomicLong();
    Thread consumer =
        Thread.ofPlatform()
            .start(
                () -> {
                  for (int expected = 0; expected < count; ) {
                    if (!queue.poll()) {
                      LockSupport.parkNanos(1_000);
                    } else if (queue.nextHop().low() != expected++) {
                      wrong.incrementAndGet();
                    }
                  }
                });
    for (int i = 0; i < count; i++) {
      while (!queue.offer(7, i, i, true)) {
        LockSupport.parkNanos(1_000);
      }
    }
    consumer.join();
    assertEquals(0, wrong.get());
  }
}
