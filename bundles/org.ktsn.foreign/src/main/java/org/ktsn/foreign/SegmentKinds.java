package org.ktsn.foreign;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * Has every kind of memory segment loaded before native memory is read for the first time.
 *
 * <p>As long as segments of native memory are the only ones, the compiler takes that for granted
 * wherever memory is accessed. The first array that somebody wraps in a segment, or the first file
 * that is mapped, has all of that thrown away at once (some 60 methods of the library, and what
 * they were inlined into), and the whole data path is interpreted until it is compiled again: seen
 * as 0.1 to 0.3 s without a frame in time, at the first pod and at the first trace.
 */
final class SegmentKinds {
  private SegmentKinds() {}

  /** Makes one of each kind, and forgets it. Returns how many. */
  static int load() {
    List<MemorySegment> arrays =
        List.of(
            MemorySegment.ofArray(new byte[1]),
            MemorySegment.ofArray(new char[1]),
            MemorySegment.ofArray(new short[1]),
            MemorySegment.ofArray(new int[1]),
            MemorySegment.ofArray(new long[1]),
            MemorySegment.ofArray(new float[1]),
            MemorySegment.ofArray(new double[1]));
    return arrays.size() + (mapsFile() ? 1 : 0);
  }

  private static boolean mapsFile() {
    try (Arena arena = Arena.ofConfined();
        FileChannel nothing = FileChannel.open(Path.of("/dev/null"), StandardOpenOption.READ)) {
      return nothing.map(FileChannel.MapMode.READ_ONLY, 0, 0, arena).isMapped();
    } catch (IOException e) {
      return false; // the first mapped file is paid for when it comes
    }
  }
}
