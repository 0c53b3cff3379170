package org.ktsn.cli.testbed;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.ktsn.cli.CommandFailure;

/** Waits for what others do in their own time. Any thread. */
public final class Patience {
  private Patience() {}

  /**
   * Looks now and then whether something has come about.
   *
   * @return false if it has not within the limit
   */
  public static boolean until(BooleanSupplier done, long limitMs, long lookMs) {
    long limit = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(limitMs);
    while (!done.getAsBoolean()) {
      if (System.nanoTime() - limit >= 0) {
        return false;
      }
      sleepMs(lookMs);
    }
    return true;
  }

  /**
   * Sleeps.
   *
   * @throws CommandFailure if it is interrupted
   */
  public static void sleepMs(long ms) {
    try {
      Thread.sleep(ms);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailure("Interrupted.", e);
    }
  }
}
