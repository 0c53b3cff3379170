package org.ktsn.cli.testbed;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What must be undone at the end, the last thing first: when all is done, when something fails, and
 * when the user interrupts. Any thread.
 */
public final class Cleanup implements AutoCloseable {
  private static volatile boolean interrupted;

  private final Deque<Runnable> actions = new ArrayDeque<>();

  private Cleanup() {}

  /** Makes one that also watches for the end of the process. */
  public static Cleanup atExit() {
    Cleanup cleanup = new Cleanup();
    Runtime.getRuntime().addShutdownHook(new Thread(cleanup::interrupt, "ktsn-cleanup"));
    return cleanup;
  }

  /** Makes one whose things are undone before those that the outer one has by now. */
  public static Cleanup within(Cleanup outer) {
    Cleanup cleanup = new Cleanup();
    outer.add(cleanup::close);
    return cleanup;
  }

  /** Tells whether the process is being ended, so that failures from now on are no news. */
  public static boolean interrupted() {
    return interrupted;
  }

  /** Adds something to undo; it is undone at once if the end has come already. */
  public synchronized void add(Runnable action) {
    if (interrupted) {
      action.run();
    } else {
      actions.push(action);
    }
  }

  @Override
  public synchronized void close() {
    while (!actions.isEmpty()) {
      Runnable action = actions.pop();
      try {
        action.run();
      } catch (RuntimeException e) {
        System.err.println("ktsn: while cleaning up: " + e.getMessage());
      }
    }
  }

  private void interrupt() {
    interrupted = true;
    close();
  }
}
