package org.ktsn.cli.terminal;

import java.io.PrintStream;
import java.util.concurrent.TimeUnit;

/**
 * Tells how far something is: one line that is written over on a terminal, else a line every few
 * seconds. Not thread-safe.
 */
public final class Progress {
  private static final int WIDTH = 79;
  private static final long PLAIN_EVERY_NS = TimeUnit.SECONDS.toNanos(3);

  private final PrintStream out;
  private final boolean terminal;
  private long nextPlainNs = System.nanoTime() + PLAIN_EVERY_NS;
  private int shown;

  /**
   * Makes one.
   *
   * @param out where to
   * @param terminal whether a line can be written over there
   */
  public Progress(PrintStream out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  /** Shows a state; the next one takes its place. */
  public void show(String state) {
    String line = state.length() > WIDTH ? state.substring(0, WIDTH) : state;
    if (terminal) {
      out.print("\r" + line + " ".repeat(Math.max(0, shown - line.length())));
      out.flush();
      shown = line.length();
    } else if (System.nanoTime() - nextPlainNs >= 0) {
      out.println(line);
      nextPlainNs = System.nanoTime() + PLAIN_EVERY_NS;
    }
  }

  /** Prints a line that stays. */
  public void say(String line) {
    clear();
    out.println(line);
  }

  /** Takes the state away. */
  public void clear() {
    if (terminal && shown > 0) {
      out.print("\r" + " ".repeat(shown) + "\r");
      out.flush();
      shown = 0;
    }
  }
}
