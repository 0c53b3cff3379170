package org.ktsn.foreign;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Reports to a program: a pair of sockets, one end of which is the program's. What it does not read
 * in time is lost, and nothing that it does there reaches this end.
 */
public final class ReportSocket implements AutoCloseable {
  private static final int EAGAIN = 11;
  private static final int ENOMEM = 12;
  private static final int ENOBUFS = 105;
  private static final int NONE = -1;

  private final int kept;
  private int given;
  private volatile boolean deserted;
  private boolean open = true;

  /** Makes one; nobody has it yet. */
  public ReportSocket() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment ends = arena.allocate(ValueLayout.JAVA_INT, 2);
      int result;
      try {
        result = (int) KtsnLibrary.REPORT_NEW.invokeExact(ends.address());
      } catch (Throwable e) {
        throw KtsnLibrary.unexpected(e);
      }
      int unused = KtsnLibrary.check(result);
      assert unused == 0;
      given = ends.getAtIndex(ValueLayout.JAVA_INT, 0);
      kept = ends.getAtIndex(ValueLayout.JAVA_INT, 1);
    }
  }

  /** Returns the descriptor that the program gets; until {@link #giveAway}. */
  public int descriptor() {
    return given;
  }

  /** The program has it, or never will: this process keeps its own end only. */
  public void giveAway() {
    if (given != NONE) {
      Descriptors.close(given);
      given = NONE;
    }
  }

  /**
   * Sends one report, of two parts. One system call; never blocks, allocates nothing. One thread at
   * a time.
   */
  public void send(long report, int octets, long frame, int frameOctets) {
    int result;
    try {
      result = (int) KtsnLibrary.REPORT_SEND.invokeExact(kept, report, octets, frame, frameOctets);
    } catch (Throwable e) {
      throw KtsnLibrary.unexpected(e);
    }
    if (result < 0 && result != -EAGAIN && result != -ENOBUFS && result != -ENOMEM) {
      deserted = true;
    }
  }

  /** Tells whether it was found that nobody has the other end any more. Any thread. */
  public boolean isDeserted() {
    return deserted;
  }

  /** Closes it; not while another thread sends. */
  @Override
  public void close() {
    if (open) {
      open = false;
      giveAway();
      Descriptors.close(kept);
    }
  }
}
