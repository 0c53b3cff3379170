package org.ktsn.cli.testbed;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.ktsn.cli.CommandFailure;

/**
 * What the listener received, in its order.
 *
 * @param datagrams each datagram of the talker, duplicates included
 * @param foreign how many datagrams came that were not the talker's
 * @param leftOut how many found no room in the listener's memory
 */
public record Arrivals(List<Arrival> datagrams, long foreign, long leftOut) {
  private static final String MAGIC = "TALKRCV1";
  private static final int HEADER_OCTETS = 32;
  private static final int RECORD_OCTETS = 24;

  /** Copies the list. */
  public Arrivals {
    datagrams = List.copyOf(datagrams);
  }

  /**
   * One datagram.
   *
   * @param sequence its number, from 0
   * @param octets its payload
   * @param launchTimeNs the launch time that the talker asked for, in TAI nanoseconds
   * @param arrivalNs the instant right after {@code recv}, in TAI nanoseconds
   */
  public record Arrival(long sequence, int octets, long launchTimeNs, long arrivalNs) {}

  /**
   * Reads the listener's file.
   *
   * @throws CommandFailure if it can't be read
   */
  public static Arrivals read(Path file) {
    ByteBuffer content = RecordFile.read(file, MAGIC, HEADER_OCTETS);
    int count = RecordFile.records(file, content, HEADER_OCTETS, RECORD_OCTETS, content.getLong(8));
    List<Arrival> datagrams = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int at = HEADER_OCTETS + i * RECORD_OCTETS;
      datagrams.add(
          new Arrival(
              Integer.toUnsignedLong(content.getInt(at)),
              content.getInt(at + 4),
              content.getLong(at + 8),
              content.getLong(at + 16)));
    }
    return new Arrivals(datagrams, content.getLong(16), content.getLong(24));
  }
}
