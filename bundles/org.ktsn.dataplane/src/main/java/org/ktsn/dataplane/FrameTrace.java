package org.ktsn.dataplane;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.ktsn.api.port.PortModel;

/**
 * A recording of launched frames in a memory-mapped file; docs/trace.md describes the format.
 *
 * <pre>
 * header, 64 octets:  0 "KTSNTRC1"  8 header octets  12 record octets  16 capacity  24 count  32 left out
 *                     40 port rate (bit/s)  48 overhead octets  56 where the decisions begin
 * record, 64 octets:  0 launch time  8 planned  16 actual  24 not after  32 duration  36 length  40 pod
 *                     42 class  43 outcome  44 source address  48 source port  50 destination port
 *                     52 dated anew  56 arrival
 * decision of a record, 32 octets, behind the room for records:
 *                     0 known since  8 decided  16 learned  24 number of the decision
 * </pre>
 *
 * Little-endian. Written by the planner; allocates nothing after construction.
 */
final class FrameTrace implements AutoCloseable {
  static final byte SENT = 0;
  static final byte MISSED = 1;
  static final byte REFUSED = 2;
  static final byte DROPPED = 3;
  static final byte RETURNED = 4;

  private static final int OCTETS = 64;
  private static final int DECISION_OCTETS = 32;
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final long MAGIC = 0x31435254_4e53544bL; // "KTSNTRC1" in memory

  private final Arena arena = Arena.ofShared();
  private final MemorySegment memory;
  private final long capacity;
  private final long decisions;
  private long count;
  private long leftOut;

  FrameTrace(Path file, int records, PortModel port) {
    if (records < 1 || records > 100_000_000) {
      throw new IllegalArgumentException("a trace of " + records + " records; give 1 to 100000000");
    }
    capacity = records;
    decisions = OCTETS + capacity * OCTETS;
    long octets = decisions + capacity * DECISION_OCTETS;
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE)) {
      memory = channel.map(FileChannel.MapMode.READ_WRITE, 0, octets, arena);
    } catch (IOException e) {
      arena.close();
      throw new UncheckedIOException(
          "the trace " + file + " can't be made (" + octets + " octets): " + e.getMessage(), e);
    }
    memory.fill((byte) 0); // every page is there before the planner writes to it
    memory.set(LONG, 0, MAGIC);
    memory.set(INT, 8, OCTETS);
    memory.set(INT, 12, OCTETS);
    memory.set(LONG, 16, capacity);
    memory.set(LONG, 40, port.rateBitsPerSecond());
    memory.set(INT, 48, port.overheadOctets());
    memory.set(LONG, 56, decisions);
  }

  /**
   * Records a frame. Planner thread only.
   *
   * @param nowNs when the planner learned of it
   */
  void record(FrameTable frames, int frame, long actualNs, byte outcome, long nowNs) {
    if (count == capacity) {
      memory.set(LONG, 32, ++leftOut);
      return;
    }
    long at = OCTETS + count * OCTETS;
    memory.set(LONG, at, frames.launchTimeNs(frame));
    memory.set(LONG, at + 8, frames.plannedNs[frame]);
    memory.set(LONG, at + 16, actualNs);
    memory.set(LONG, at + 24, frames.notAfterNs[frame]);
    memory.set(INT, at + 32, frames.durationNs[frame]);
    memory.set(INT, at + 36, frames.lengthOctets(frame));
    memory.set(SHORT, at + 40, frames.pod[frame]);
    memory.set(ValueLayout.JAVA_BYTE, at + 42, (byte) frames.trafficClass(frame));
    memory.set(ValueLayout.JAVA_BYTE, at + 43, outcome);
    memory.set(INT, at + 44, frames.sourceAddress[frame]);
    memory.set(SHORT, at + 48, frames.sourcePort[frame]);
    memory.set(SHORT, at + 50, frames.destinationPort[frame]);
    memory.set(INT, at + 52, frames.redated[frame]);
    memory.set(LONG, at + 56, frames.arrival(frame));
    long decision = decisions + count * DECISION_OCTETS;
    memory.set(LONG, decision, frames.knownNs[frame]);
    memory.set(LONG, decision + 8, frames.decidedNs[frame]);
    memory.set(LONG, decision + 16, nowNs);
    memory.set(LONG, decision + 24, frames.decision[frame]);
    memory.set(LONG, 24, ++count);
  }

  /** Ends the recording. Not while the planner may record. */
  @Override
  public void close() {
    arena.close();
  }
}
