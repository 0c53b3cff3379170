package org.ktsn.bench;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;

/**
 * {@code ktsn:gc-storm}: keeps the garbage collector of this JVM busy, so that one can measure
 * whether frames notice (they must not). Returns when it is over.
 */
@Component(
    service = Function.class,
    property = {
      "osgi.command.scope=ktsn",
      "osgi.command.function=gc-storm",
      "ktsn.usage=" + GcStormCommand.USAGE,
      "ktsn.description=makes garbage on two threads"
    })
public final class GcStormCommand implements Function {
  static final String USAGE = "gc-storm SECONDS";
  private static final int THREADS = 2;
  private static final int MAX_SECONDS = 600;
  private static final int PIECE_OCTETS = 16 * 1024;
  private static final int KEPT_PIECES = 1024;

  @Override
  public Object execute(CommandSession session, List<Object> arguments)
      throws InterruptedException {
    int seconds = Operands.of(USAGE, arguments).number(0, "SECONDS", 1, MAX_SECONDS);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      threads.add(Thread.ofPlatform().name("ktsn-gc-storm-" + i).daemon().start(() -> rage(end)));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    return "the storm is over after " + seconds + " s\n";
  }

  /**
   * Some of the garbage lives for a while, so that the collector has something to trace and to
   * move.
   */
  private static void rage(long end) {
    Deque<byte[][]> kept = new ArrayDeque<>();
    while (System.nanoTime() < end) {
      byte[][] piece = new byte[16][PIECE_OCTETS / 16];
      kept.addLast(piece);
      if (kept.size() > KEPT_PIECES) {
        kept.removeFirst();
      }
    }
  }
}
