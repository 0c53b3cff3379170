package org.ktsn.clock.ptp;

import static org.junit.jupiter.api.Assertions.fail;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for what another process or thread brings about. */
final class Eventually {
  private Eventually() {}

  static void holds(String what, BooleanSupplier condition) {
    holds(what, Duration.ofSeconds(15), condition);
  }

  static void holds(String what, Duration limit, BooleanSupplier condition) {
    long deadlineNs = System.nanoTime() + limit.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadlineNs > 0) {
        fail(what + " did not come about within " + limit.toMillis() + " ms");
      }
      LockSupport.parkNanos(2_000_000);
    }
  }
}
