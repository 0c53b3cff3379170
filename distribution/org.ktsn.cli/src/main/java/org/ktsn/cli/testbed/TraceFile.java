package org.ktsn.cli.testbed;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.ktsn.api.trace.TraceLayout;
import org.ktsn.api.trace.TraceLayout.DecisionField;
import org.ktsn.api.trace.TraceLayout.HeaderField;
import org.ktsn.api.trace.TraceLayout.Outcome;
import org.ktsn.api.trace.TraceLayout.RecordField;
import org.ktsn.cli.CommandFailure;

/**
 * What the data plane recorded of each frame, read from the file that it wrote.
 *
 * <p>{@link TraceLayout} has the layout, docs/trace.md describes every field.
 *
 * @param portRateBitsPerSecond the rate of the link that the frames were planned for
 * @param overheadOctets what each frame costs on the link beside itself and the Ethernet framing
 * @param leftOut how many frames found no room
 * @param records one for each frame, in the order in which they were completed
 */
public record TraceFile(
    long portRateBitsPerSecond, int overheadOctets, long leftOut, List<Frame> records) {
  private static final int NONE = -1;

  /** Copies the list. */
  public TraceFile {
    records = List.copyOf(records);
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
   * @param sourceAddress the IPv4 address, its first octet the most significant one; 0 in a frame
   *     of another address family
   * @param sourcePort the UDP port
   * @param destinationPort the UDP port
   * @param datedAnew how often it was given another instant because it missed one
   * @param arrival its place in the order of arrival
   * @param knownNs since when it could be planned; 0 if it never could
   * @param decidedNs when it was committed to the launcher; 0 if it never was
   * @param learnedNs when the planner learned of the outcome
   * @param decision the number of the planner's decision to commit or drop it; 0 if it made none
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
      long arrival,
      long knownNs,
      long decidedNs,
      long learnedNs,
      long decision) {

    /** Makes one of which nothing is known but what a record says. */
    public Frame(
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
      this(
          launchTimeNs,
          plannedNs,
          actualNs,
          notAfterNs,
          durationNs,
          lengthOctets,
          pod,
          trafficClass,
          outcome,
          sourceAddress,
          sourcePort,
          destinationPort,
          datedAnew,
          arrival,
          0,
          0,
          0,
          0);
    }

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
   * @throws CommandFailure if the file can't be read or is not a trace that this version knows
   */
  public static TraceFile read(Path file) {
    ByteBuffer content = RecordFile.read(file, TraceLayout.MAGIC, TraceLayout.HEADER_OCTETS);
    int header = content.getInt(HeaderField.HEADER_OCTETS);
    int octets = content.getInt(HeaderField.RECORD_OCTETS);
    if (header != TraceLayout.HEADER_OCTETS || octets != TraceLayout.RECORD_OCTETS) {
      throw new CommandFailure(
          file
              + " has a header of "
              + header
              + " and records of "
              + octets
              + " octets; this version reads 64 and 64.");
    }
    int count =
        RecordFile.records(file, content, header, octets, content.getLong(HeaderField.COUNT));
    long decisions = content.getLong(HeaderField.DECISIONS);
    if (decisions != 0
        && (decisions < header
            || decisions > content.limit() - (long) count * TraceLayout.DECISION_OCTETS)) {
      throw new CommandFailure(
          file + " promises decisions at " + decisions + ", where it has none; it was cut off.");
    }
    List<Frame> records = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int decision = decisions == 0 ? NONE : (int) decisions + i * TraceLayout.DECISION_OCTETS;
      records.add(frame(file, content, header + i * octets, decision));
    }
    return new TraceFile(
        content.getLong(HeaderField.PORT_RATE),
        content.getInt(HeaderField.OVERHEAD_OCTETS),
        content.getLong(HeaderField.LEFT_OUT),
        records);
  }

  /** Returns how long a frame occupies the link: itself, overhead, FCS, preamble and gap. */
  public long wireDurationNs(int lengthOctets) {
    long octets = Math.max(60, lengthOctets) + (long) overheadOctets + 4 + 8 + 12;
    return Math.ceilDiv(octets * 8 * 1_000_000_000L, portRateBitsPerSecond);
  }

  private static Frame frame(Path file, ByteBuffer content, int at, int decision) {
    int outcome = Byte.toUnsignedInt(content.get(at + RecordField.OUTCOME));
    return new Frame(
        content.getLong(at + RecordField.LAUNCH_TIME),
        content.getLong(at + RecordField.PLANNED),
        content.getLong(at + RecordField.ACTUAL),
        content.getLong(at + RecordField.NOT_AFTER),
        Integer.toUnsignedLong(content.getInt(at + RecordField.DURATION)),
        content.getInt(at + RecordField.LENGTH),
        Short.toUnsignedInt(content.getShort(at + RecordField.POD)),
        Byte.toUnsignedInt(content.get(at + RecordField.TRAFFIC_CLASS)),
        Outcome.of(outcome)
            .orElseThrow(
                () ->
                    new CommandFailure(
                        file
                            + " has a record with outcome "
                            + outcome
                            + "; this version knows 0 to 4.")),
        content.getInt(at + RecordField.SOURCE_ADDRESS),
        Short.toUnsignedInt(content.getShort(at + RecordField.SOURCE_PORT)),
        Short.toUnsignedInt(content.getShort(at + RecordField.DESTINATION_PORT)),
        Integer.toUnsignedLong(content.getInt(at + RecordField.DATED_ANEW)),
        content.getLong(at + RecordField.ARRIVAL),
        decision == NONE ? 0 : content.getLong(decision + DecisionField.KNOWN),
        decision == NONE ? 0 : content.getLong(decision + DecisionField.DECIDED),
        decision == NONE ? 0 : content.getLong(decision + DecisionField.LEARNED),
        decision == NONE ? 0 : content.getLong(decision + DecisionField.NUMBER));
  }
}
