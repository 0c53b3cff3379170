package org.ktsn.foreign;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.stream.IntStream;

/** The processors that this process may use. */
public final class Processors {
  private Processors() {}

  /**
   * Returns their numbers, in rising order: they need neither begin with 0 nor be without gaps.
   * Those of the process, whatever the calling thread is pinned to, and however many of them a
   * quota lets it use at a time.
   *
   * @throws ForeignException if the system does not tell
   */
  public static List<Integer> allowed() {
    int count = read(0, 0);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment numbers = arena.allocate(ValueLayout.JAVA_INT, count);
      int known = Math.min(count, read(numbers.address(), count));
      return IntStream.range(0, known)
          .mapToObj(i -> numbers.getAtIndex(ValueLayout.JAVA_INT, i))
          .toList();
    }
  }

  private static int read(long address, int room) {
    int result;
    try {
      result = (int) KtsnLibrary.PROCESSORS.invokeExact(address, room);
    } catch (Throwable e) {
      throw KtsnLibrary.unexpected(e);
    }
    return KtsnLibrary.check(result);
  }
}
