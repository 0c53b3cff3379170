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
import org.ktsn.api.trace.TraceLayout;
import org.ktsn.api.trace.TraceLayout.DecisionField;
import org.ktsn.api.trace.TraceLayout.HeaderField;
import org.ktsn.api.trace.TraceLayout.Outcome;
import org.ktsn.api.trace.TraceLayout.RecordField;

/**
 * A recording of launched frames in a memory-mapped file, in {@link TraceLayout}.
 *
 * <p>Written by the planner; allocates nothing after construction.
 */
final class FrameTrace implements AutoCloseable {
  static final byte SENT = Outcome.SENT.number();
  static final byte MISSED = Outcome.MISSED.number();
  static final byte REFUSED = Outcome.REFUSED.number();
  static final byte DROPPED = Outcome.DROPPED.number();
  static final byte RETURNED = Outcome.RETURNED.number();

  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Arena arena;
  private final MemorySegment memory;
  private final long capacity;
  private final long decisions;
  private long count;
  private long leftOut;

  /**
   * Makes a file for so many records.
   *
   * @throws IllegalArgumentException if there can't be so many
   * @throws UncheckedIOException if the file can't be made
   */
  FrameTrace(Path file, int records, PortModel port) {
    this(Arena.ofShared(), file, records, port);
  }

  private FrameTrace(Arena arena, Path file, int records, PortModel port) {
    this(arena, map(file, octets(records), arena), records, port);
  }

  /** Records into memory that has room for {@link #octets}; closes the arena at the end. */
  FrameTrace(Arena arena, MemorySegment memory, int records, PortModel port) {
    this.arena = arena;
    this.memory = memory;
    capacity = records;
    decisions = TraceLayout.HEADER_OCTETS + capacity * TraceLayout.RECORD_OCTETS;
    memory.fill((byte) 0); // every page is there before the planner writes to it
    memory.set(LONG, HeaderField.MAGIC, TraceLayout.magic());
    memory.set(INT, HeaderField.HEADER_OCTETS, TraceLayout.HEADER_OCTETS);
    memory.set(INT, HeaderField.RECORD_OCTETS, TraceLayout.RECORD_OCTETS);
    memory.set(LONG, HeaderField.CAPACITY, capacity);
    memory.set(LONG, HeaderField.PORT_RATE, port.rateBitsPerSecond());
    memory.set(INT, HeaderField.OVERHEAD_OCTETS, port.overheadOctets());
    memory.set(LONG, HeaderField.DECISIONS, decisions);
  }

  /** Returns how much memory so many records take. */
  static long octets(int records) {
    if (records < 1 || records > 100_000_000) {
      throw new IllegalArgumentException("a trace of " + records + " records; give 1 to 100000000");
    }
    return TraceLayout.HEADER_OCTETS
        + (long) records * (TraceLayout.RECORD_OCTETS + TraceLayout.DECISION_OCTETS);
  }

  private static MemorySegment map(Path file, long octets, Arena arena) {
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE)) {
      return channel.map(FileChannel.MapMode.READ_WRITE, 0, octets, arena);
    } catch (IOException e) {
      arena.close();
      throw new UncheckedIOException(
          "the trace " + file + " can't be made (" + octets + " octets): " + e.getMessage(), e);
    }
  }

  /**
   * Records a frame. Planner thread only.
   *
   * @param nowNs when the planner learned of it
   */
  void record(FrameTable frames, int frame, long actualNs, byte outcome, long nowNs) {
    if (count == capacity) {
      memory.set(LONG, HeaderField.LEFT_OUT, ++leftOut);
      return;
    }
    long at = TraceLayout.HEADER_OCTETS + count * TraceLayout.RECORD_OCTETS;
    memory.set(LONG, at + RecordField.LAUNCH_TIME, frames.launchTimeNs(frame));
    memory.set(LONG, at + RecordField.PLANNED, frames.plannedNs[frame]);
    memory.set(LONG, at + RecordField.ACTUAL, actualNs);
    memory.set(LONG, at + RecordField.NOT_AFTER, frames.notAfterNs[frame]);
    memory.set(INT, at + RecordField.DURATION, frames.durationNs[frame]);
    memory.set(INT, at + RecordField.LENGTH, frames.lengthOctets(frame));
    memory.set(SHORT, at + RecordField.POD, frames.pod[frame]);
    memory.set(
        ValueLayout.JAVA_BYTE, at + RecordField.TRAFFIC_CLASS, (byte) frames.trafficClass(frame));
    memory.set(ValueLayout.JAVA_BYTE, at + RecordField.OUTCOME, outcome);
    memory.set(INT, at + RecordField.SOURCE_ADDRESS, frames.sourceAddress[frame]);
    memory.set(SHORT, at + RecordField.SOURCE_PORT, frames.sourcePort[frame]);
    memory.set(SHORT, at + RecordField.DESTINATION_PORT, frames.destinationPort[frame]);
    memory.set(INT, at + RecordField.DATED_ANEW, frames.redated[frame]);
    memory.set(LONG, at + RecordField.ARRIVAL, frames.arrival(frame));
    long decision = decisions + count * TraceLayout.DECISION_OCTETS;
    memory.set(LONG, decision + DecisionField.KNOWN, frames.knownNs[frame]);
    memory.set(LONG, decision + DecisionField.DECIDED, frames.decidedNs[frame]);
    memory.set(LONG, decision + DecisionField.LEARNED, nowNs);
    memory.set(LONG, decision + DecisionField.NUMBER, frames.decision[frame]);
    memory.set(LONG, HeaderField.COUNT, ++count);
  }

  /** Ends the recording. Not while the planner may record. */
  @Override
  public void close() {
    arena.close();
  }
}
