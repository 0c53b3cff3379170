package org.ktsn.shell;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * One frame of the control socket's protocol: a line {@code TYPE SP LENGTH LF} in ASCII, then
 * LENGTH octets.
 *
 * <pre>
 * client                                 daemon
 *   c  a command, UTF-8                    o  output of the running command
 *   i  input for the running command;      e  error output
 *      length 0 ends it                    x  the exit status in decimal: the command has ended
 * </pre>
 *
 * <p>A connection is a session: it may carry one command after the other, each ends with its {@code
 * x}. Who closes the connection while a command runs interrupts it.
 */
final class Frame {
  /** A command. */
  static final char COMMAND = 'c';

  /** Input for a command. */
  static final char INPUT = 'i';

  /** What a command prints. */
  static final char OUTPUT = 'o';

  /** What a command prints about its failure. */
  static final char ERROR = 'e';

  /** A command's exit status. */
  static final char EXIT = 'x';

  /** The longest frame in octets. */
  static final int MAX_OCTETS = 1 << 20;

  private static final int MAX_DIGITS = 7;

  private final char type;
  private final byte[] octets;

  private Frame(char type, byte[] octets) {
    this.type = type;
    this.octets = octets;
  }

  /**
   * Reads the next frame.
   *
   * @return the frame, or nothing at the end of the stream between two frames
   * @throws ProtocolException if what is read is not a frame
   */
  static Optional<Frame> read(InputStream in) throws IOException {
    int type = in.read();
    if (type < 0) {
      return Optional.empty();
    }
    if (type < 'a' || type > 'z') {
      throw new ProtocolException("a frame begins with octet " + type + ", not with a letter");
    }
    if (in.read() != ' ') {
      throw new ProtocolException("the type of a frame is not followed by a space");
    }
    int length = length(in);
    byte[] octets = in.readNBytes(length);
    if (octets.length < length) {
      throw new EOFException("the connection ended within a frame");
    }
    return Optional.of(new Frame((char) type, octets));
  }

  private static int length(InputStream in) throws IOException {
    int length = 0;
    int digits = 0;
    while (true) {
      int octet = in.read();
      if (octet == '\n' && digits > 0) {
        break;
      }
      if (octet < '0' || octet > '9' || ++digits > MAX_DIGITS) {
        throw new ProtocolException(
            "the length of a frame is not a number of 1 to " + MAX_DIGITS + " digits");
      }
      length = length * 10 + octet - '0';
    }
    if (length > MAX_OCTETS) {
      throw new ProtocolException(
          "a frame of " + length + " octets is too long; at most " + MAX_OCTETS + " are taken");
    }
    return length;
  }

  /** Writes a frame in one piece. */
  static void write(OutputStream out, char type, byte[] octets, int offset, int length)
      throws IOException {
    byte[] head = (type + " " + length + "\n").getBytes(StandardCharsets.US_ASCII);
    byte[] whole = new byte[head.length + length];
    System.arraycopy(head, 0, whole, 0, head.length);
    System.arraycopy(octets, offset, whole, head.length, length);
    out.write(whole);
  }

  /** Returns what kind of frame it is. */
  char type() {
    return type;
  }

  /** Returns the octets; they are the caller's. */
  byte[] octets() {
    return octets;
  }

  /** Returns the octets as text. */
  String text() {
    return new String(octets, StandardCharsets.UTF_8);
  }

  /** What was read is not a frame of the protocol. */
  static final class ProtocolException extends IOException {
    private static final long serialVersionUID = 1L;

    ProtocolException(String message) {
      super(message);
    }
  }
}
