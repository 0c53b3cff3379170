package org.ktsn.cli.testbed;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.ktsn.cli.CommandFailure;

/**
 * The instants that the native loop waited for, and when it saw them.
 *
 * @param moments in order
 */
public record NativeMoments(List<Moment> moments) {
  private static final String MAGIC = "TALKNAT1";
  private static final int HEADER_OCTETS = 16;
  private static final int RECORD_OCTETS = 16;

  /** Copies the list. */
  public NativeMoments {
    moments = List.copyOf(moments);
  }

  /**
   * One instant, in TAI nanoseconds.
   *
   * @param instantNs what the loop waited for
   * @param actualNs when it was there
   */
  public record Moment(long instantNs, long actualNs) {
    /** Returns by how much the loop was late. */
    public long errorNs() {
      return actualNs - instantNs;
    }
  }

  /**
   * Reads the native loop's file.
   *
   * @throws CommandFailure if it can't be read
   */
  public static NativeMoments read(Path file) {
    ByteBuffer content = RecordFile.read(file, MAGIC, HEADER_OCTETS);
    int count = RecordFile.records(file, content, HEADER_OCTETS, RECORD_OCTETS, content.getLong(8));
    List<Moment> moments = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int at = HEADER_OCTETS + i * RECORD_OCTETS;
      moments.add(new Moment(content.getLong(at), content.getLong(at + 8)));
    }
    return new NativeMoments(moments);
  }

  /** Returns the error of each instant in nanoseconds. */
  public long[] errorsNs() {
    return moments.stream().mapToLong(Moment::errorNs).toArray();
  }
}
