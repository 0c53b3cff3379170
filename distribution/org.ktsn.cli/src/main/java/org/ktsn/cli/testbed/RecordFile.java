package org.ktsn.cli.testbed;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.ktsn.cli.CommandFailure;

/** Reads a whole file that begins with eight letters and is little-endian throughout. */
final class RecordFile {
  private RecordFile() {}

  /**
   * Reads the file.
   *
   * @throws CommandFailure if it can't be read, is shorter than its header, or is of another kind
   */
  static ByteBuffer read(Path file, String magic, int headerOctets) {
    ByteBuffer content;
    try {
      content = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      throw new CommandFailure("Can't read " + file + ": " + e.getMessage() + ".", e);
    }
    byte[] letters = magic.getBytes(StandardCharsets.US_ASCII);
    if (content.limit() < headerOctets
        || !content.slice(0, letters.length).equals(ByteBuffer.wrap(letters))) {
      throw new CommandFailure(file + " is not a file of the kind " + magic + ".");
    }
    return content;
  }

  /** Returns how many whole records a file holds, and says so if its header promises more. */
  static int records(Path file, ByteBuffer content, int header, int octets, long promised) {
    long there = (content.limit() - (long) header) / octets;
    if (promised < 0 || promised > there) {
      throw new CommandFailure(
          file + " promises " + promised + " records and holds " + there + "; it was cut off.");
    }
    return (int) promised;
  }
}
