package org.ktsn.api.trace;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * The layout of a trace file: what the data plane writes of each frame, and others read. Offsets
 * and sizes in octets, integers in little-endian order; docs/trace.md says what each field means.
 *
 * <pre>
 *  header      0       8        12       16         24      32         40          48        52   56
 *              | magic | header | record | capacity | count | left out | port rate | over-   |    | where    |
 *              |       | octets | octets |          |       |          | bit/s     | head    |    | decisions|
 *
 *  record      0        8         16       24          32         36       40    42      43
 *              | launch | planned | actual | not after | duration | length | pod | class | outcome |
 *              44       48       50            52      56
 *              | source | source | destination | dated | arrival |
 *              | addr.  | port   | port        | anew  |         |
 *
 *  decision    0             8         16        24
 *              | known since | decided | learned | number |
 * </pre>
 *
 * <p>The records follow the header; there is room for {@code capacity} of them, and behind it as
 * many decisions, one for each record. The count is written last: what it counts is complete.
 */
public final class TraceLayout {
  /** The first eight octets of a trace. */
  public static final String MAGIC = "KTSNTRC1";

  /** The size of the header. */
  public static final int HEADER_OCTETS = 64;

  /** The size of a record. */
  public static final int RECORD_OCTETS = 64;

  /** The size of a decision. */
  public static final int DECISION_OCTETS = 32;

  private TraceLayout() {}

  /** Returns the first eight octets as a number. */
  public static long magic() {
    byte[] octets = MAGIC.getBytes(StandardCharsets.US_ASCII);
    long number = 0;
    for (int i = octets.length - 1; i >= 0; i--) {
      number = number << 8 | octets[i];
    }
    return number;
  }

  /** Where the fields of the header lie. */
  public static final class HeaderField {
    /** {@link TraceLayout#MAGIC}. */
    public static final int MAGIC = 0;

    /** The size of the header, 32 bits. */
    public static final int HEADER_OCTETS = 8;

    /** The size of a record, 32 bits. */
    public static final int RECORD_OCTETS = 12;

    /** For how many records there is room, 64 bits. */
    public static final int CAPACITY = 16;

    /** How many there are, 64 bits; written last. */
    public static final int COUNT = 24;

    /** How many frames found no room, 64 bits. */
    public static final int LEFT_OUT = 32;

    /** The rate of the port in bits per second, 64 bits. */
    public static final int PORT_RATE = 40;

    /** What each frame costs on the link beside itself and the Ethernet framing, 32 bits. */
    public static final int OVERHEAD_OCTETS = 48;

    /** Where the decisions begin, 64 bits; 0 in a trace without. */
    public static final int DECISIONS = 56;

    private HeaderField() {}
  }

  /** Where the fields of a record lie; instants are TAI nanoseconds in 64 bits. */
  public static final class RecordField {
    /** The launch time that the program asked for. */
    public static final int LAUNCH_TIME = 0;

    /** The instant that the shaper gave the frame. */
    public static final int PLANNED = 8;

    /** The instant at which it was handed to the port. */
    public static final int ACTUAL = 16;

    /** The last instant at which it may start. */
    public static final int NOT_AFTER = 24;

    /** How long it occupies the link, in nanoseconds, 32 bits. */
    public static final int DURATION = 32;

    /** The Ethernet frame without its FCS, in octets, 32 bits. */
    public static final int LENGTH = 36;

    /** The pod's number, 16 bits. */
    public static final int POD = 40;

    /** The traffic class, 8 bits. */
    public static final int TRAFFIC_CLASS = 42;

    /** What became of it, 8 bits: one of {@link Outcome}. */
    public static final int OUTCOME = 43;

    /**
     * The IPv4 address, its first octet the most significant one, 32 bits; 0 in a frame of another
     * family.
     */
    public static final int SOURCE_ADDRESS = 44;

    /** The UDP port, 16 bits. */
    public static final int SOURCE_PORT = 48;

    /** The UDP port, 16 bits. */
    public static final int DESTINATION_PORT = 50;

    /** How often it was given another instant because it missed one, 32 bits. */
    public static final int DATED_ANEW = 52;

    /** Its place in the order of arrival, 64 bits. */
    public static final int ARRIVAL = 56;

    private RecordField() {}
  }

  /** Where the fields of a decision lie, 64 bits each; instants are TAI nanoseconds. */
  public static final class DecisionField {
    /** Since when the frame could be planned. */
    public static final int KNOWN = 0;

    /** When it was committed to the launcher. */
    public static final int DECIDED = 8;

    /** When the planner learned of the outcome. */
    public static final int LEARNED = 16;

    /** The number of the planner's decision to commit or drop it. */
    public static final int NUMBER = 24;

    private DecisionField() {}
  }

  /** What became of a frame. */
  public enum Outcome {
    /** The port took it. */
    SENT(0),
    /** Its last instant had passed when its turn came. */
    MISSED(1),
    /** The port did not take it. */
    REFUSED(2),
    /** It was dropped before it was given an instant. */
    DROPPED(3),
    /** Its instant was not tried: one before it was missed, or the launcher gave all back. */
    RETURNED(4);

    private final int number;

    Outcome(int number) {
      this.number = number;
    }

    /** Returns the number that stands in the file. */
    public byte number() {
      return (byte) number;
    }

    /** Returns the outcome of a number; empty if there is none. */
    public static Optional<Outcome> of(int number) {
      return Arrays.stream(values()).filter(outcome -> outcome.number == number).findFirst();
    }
  }
}
