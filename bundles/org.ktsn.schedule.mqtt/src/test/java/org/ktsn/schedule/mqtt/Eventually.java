package org.ktsn.schedule.mqtt;

import static org.junit.jupiter.api.Assertions.fail;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for what happens on other threads and in other processes. */
public final class Eventually {
  private static final long LOOK_NS = 2_000_000;
  private static final long LIMIT_S = 20;

  private Eventually() {}

  /** Waits until a condition holds; the test fails if it does not in time. */
  public static void await(String what, BooleanSupplier condition) {
    await(what, LIMIT_S, condition);
  }

  /** Waits until a condition holds; the test fails if it does not in time. */
  public static void await(String what, long limitS, BooleanSupplier condition) {
    await(() -> what, limitS, condition);
  }

  /** Waits until a condition holds; the test fails if it does not in time. */
  public static void await(Supplier<String> what, long limitS, BooleanSupplier condition) {
    long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(limitS);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > endNs) {
        fail("not within " + limitS + " s: " + what.get());
      }
      LockSupport.parkNanos(LOOK_NS);
    }
  }

  /** Waits until there is a value. */
  public static <T> T value(String what, Supplier<Optional<T>> source) {
    return value(() -> what, source);
  }

  /** Waits until there is a value. */
  public static <T> T value(Supplier<String> what, Supplier<Optional<T>> source) {
    await(what, LIMIT_S, () -> source.get().isPresent());
    return source.get().orElseThrow();
  }
}
