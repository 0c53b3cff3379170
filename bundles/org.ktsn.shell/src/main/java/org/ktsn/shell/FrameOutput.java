package org.ktsn.shell;

import java.io.IOException;
import java.io.OutputStream;

/**
 * A stream whose octets leave as frames of one type, at each line's end, when asked to, and when
 * much has come together. Any thread.
 */
final class FrameOutput extends OutputStream {
  private static final int ROOM = 8192;

  private final OutputStream out;
  private final char type;
  private final byte[] buffer = new byte[ROOM];
  private int filled;

  /** Writes frames of a type to a stream that others write whole frames to as well. */
  FrameOutput(OutputStream out, char type) {
    this.out = out;
    this.type = type;
  }

  @Override
  public synchronized void write(int octet) throws IOException {
    write(new byte[] {(byte) octet}, 0, 1);
  }

  @Override
  public synchronized void write(byte[] octets, int offset, int length) throws IOException {
    int from = offset;
    int left = length;
    while (left > 0) {
      int part = Math.min(left, ROOM - filled);
      System.arraycopy(octets, from, buffer, filled, part);
      filled += part;
      from += part;
      left -= part;
      if (filled == ROOM || buffer[filled - 1] == '\n') {
        flush();
      }
    }
  }

  @Override
  public synchronized void flush() throws IOException {
    if (filled > 0) {
      int length = filled;
      filled = 0;
      Frame.write(out, type, buffer, 0, length);
    }
  }
}
