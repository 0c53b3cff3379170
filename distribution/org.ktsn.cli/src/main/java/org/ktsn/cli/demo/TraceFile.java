package org.ktsn.cli.demo;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What the data plane recorded of each frame, read from the file that it wrote.
 *
 * <p>Little-endian. The header has 64 octets:
 *
 * <pre>
 *  0       8        12       16         24      32         40          48        52        64
 *  | magic | header | record | capacity | count | left out | port rate | over-   | zero     |
 *  |       | octets | octets |          |       |          | bit/s     | head    |          |
 * </pre>
 *
 * and {@code count} records follow it. docs/trace.md describes every field.
 *
 * @param portRateBitsPerSecond the rate of the link that the frames were planned for
 * @param overheadOctets what each frame costs on the link beside itself and the Ethernet framing
 * @param leftOut how many frames found no room
 * @param records one for each frame, in the order in which they were completed
 */
public record TraceFile(
    long portRateBitsPerSecond, int overheadOctets, long leftOut, List<Frame> records) {
  private static final String MAGIC = "KTSNTRC1";
  private static final int HEADER_OCTETS = 64;
  private static final int RECORD_OCTETS = 64;

  /** Copies the list. */
  public TraceFile {
    records = List.copyOf(records);
  }

  /** What became of a frame. The order is that of the numbers in the file. */
  public enum Outcome {
    /** The port took it. */
    SENT,
    /** Its last instant had passed when its turn came. */
    MISSED,
    /** The port did not take it. */
    REFUSED,
    /** It was dropped before it was given an instant. */
    DROPPED
  }

  /**
   * One frame. Instants are TAI nanoseconds.
   *
   * @param launchTimeNs the launch time that the program asked for
   * @param plannedNs the instant that the shaper gave it
   * @param actualNs the instant at which it was handed to the port
   * @param notAfterNs the last instant at which it may start
   * @param durationNs how long it occupies the link, as the shaper sees it
   * @param lengthOctets the Ethernet frame without its FCS
   * @param pod the pod's number
   * @param trafficClass 0 to 7
   * @param outcome what became of it
   * @param sourceAddress the IPv4 address, its first octet the most significant one
   * @param sourcePort the UDP port
   * @param destinationPort the UDP port
   * @param datedAnew how often it was given another instant because it missed one
   * @param arrival its place in the order of arrival
   */
  public record Frame(
      long launchTimeNs,
      long plannedNs,
      long actualNs,
      long notAfterNs,
      long durationNs,
      int lengthOctets,
      int pod,
      int trafficClass,
      Outcome outcome,
      int sourceAddress,
      int sourcePort,
      int destinationPort,
      long datedAnew,
      long arrival) {

    /** Returns by how much the frame left after its planned instant; negative if before. */
    public long txErrorNs() {
      return actualNs - plannedNs;
    }

    /** Tells whether the frame was sent at another instant than the one first planned. */
    public boolean late() {
      return outcome == Outcome.SENT && (datedAnew > 0 || actualNs > notAfterNs);
    }
  }

  /**
   * Reads a trace. It may still be growing: what is complete is read.
   *
   * @throws DemoException if the file can't be read or is not a trace that this version knows
   */
  public static TraceFile read(Path file) {
    ByteBuffer content = RecordFile.read(file, MAGIC, HEADER_OCTETS);
    int header = content.getInt(8);
    int octets = content.getInt(12);
    if (header != HEADER_OCTETS || octets != RECORD_OCTETS) {
      throw new DemoException(
          file
              + " has a header of "
              + header
              + " and records of "
              + octets
              + " octets; this version reads 64 and 64.");
    }
    int count = RecordFile.records(file, content, header, octets, content.getLong(24));
    List<Frame> records = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      records.add(frame(file, content, header + i * octets));
    }
    return new TraceFile(content.getLong(40), content.getInt(48), content.getLong(32), records);
  }

  /** Returns how long a frame occupies the link: itself, overhead, FCS, preamble and gap. */
  public long wireDurationNs(int lengthOctets) {
    long octets = Math.max(60, lengthOctets) + (long) overheadOctets + 4 + 8 + 12;
    return Math.ceilDiv(octets * 8 * 1_000_000_000L, portRateBitsPerSecond);
  }

  private static Frame frame(Path file, ByteBuffer content, int at) {
    int outcome = Byte.toUnsignedInt(content.get(at + 43));
    if (outcome >= Outcome.values().length) {
      throw new DemoException(
          file + " has a record with outcome " + outcome + "; this version knows 0 to 3.");
    }
    return new Frame(
        content.getLong(at),
        content.getLong(at + 8),
        content.getLong(at + 16),
        content.getLong(at + 24),
        Integer.toUnsignedLong(content.getInt(at + 32)),
        content.getInt(at + 36),
        Short.toUnsignedInt(content.getShort(at + 40)),
        Byte.toUnsignedInt(content.get(at + 42)),
        Outcome.values()[outcome],
        content.getInt(at + 44),
        Short.toUnsignedInt(content.getShort(at + 48)),
        Short.toUnsignedInt(content.getShort(at + 50)),
        Integer.toUnsignedLong(content.getInt(at + 52)),
        content.getLong(at + 56));
  }
}
