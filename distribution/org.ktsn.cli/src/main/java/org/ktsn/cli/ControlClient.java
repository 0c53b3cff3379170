package org.ktsn.cli;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A session with a running daemon: runs one Gogo command after the other.
 *
 * <p>What goes over the socket is frames: a line {@code TYPE SP LENGTH LF}, then LENGTH octets. The
 * client sends {@code c} (a command) and {@code i} (its input; an empty one ends it), the daemon
 * {@code o} (output), {@code e} (error output) and {@code x} (the exit status in decimal, with
 * which the command has ended). One thread at a time.
 */
public final class ControlClient implements AutoCloseable {
  private static final int INPUT_CHUNK = 65_536;
  private static final int MAX_OCTETS = 1 << 20;
  private static final int MAX_DIGITS = 7;

  private final Path socket;
  private final SocketChannel channel;
  private final InputStream in;
  private final OutputStream out;

  private ControlClient(Path socket, SocketChannel channel) {
    this.socket = socket;
    this.channel = channel;
    this.in = Channels.newInputStream(channel);
    this.out = Channels.newOutputStream(channel);
  }

  /**
   * What a command answered.
   *
   * @param status 0 if it did what it was asked for
   * @param output what it printed
   * @param error what it printed about its failure
   */
  public record Reply(int status, String output, String error) {}

  /**
   * Connects to a daemon.
   *
   * @throws ControlException if none listens there
   */
  public static ControlClient connect(Path socket) {
    SocketChannel channel = null;
    try {
      channel = SocketChannel.open(StandardProtocolFamily.UNIX);
      channel.connect(UnixDomainSocketAddress.of(socket));
      return new ControlClient(socket, channel);
    } catch (IOException e) {
      closeQuietly(channel);
      throw new ControlException(reasonFor(socket, e), e);
    }
  }

  private static String reasonFor(Path socket, IOException failure) {
    if (!Files.exists(socket)) {
      return "KTSNd does not run: there is no control socket " + socket + "; start it first";
    }
    if (!Files.isWritable(socket)) {
      return "the control socket " + socket + " is for its owner only; run this as root";
    }
    return "KTSNd does not answer on "
        + socket
        + " ("
        + failure.getMessage()
        + "); it may have been killed: start it again";
  }

  /**
   * Runs a command without input and collects what it prints.
   *
   * @throws ControlException if the daemon breaks off before the command has ended
   */
  public Reply run(String command) {
    return run(command, new byte[0]);
  }

  /**
   * Runs a command with input and collects what it prints.
   *
   * @throws ControlException if the daemon breaks off before the command has ended
   */
  public Reply run(String command, byte[] input) {
    ByteArrayOutputStream output = new ByteArrayOutputStream();
    ByteArrayOutputStream error = new ByteArrayOutputStream();
    int status = run(command, input, output, error);
    return new Reply(
        status, output.toString(StandardCharsets.UTF_8), error.toString(StandardCharsets.UTF_8));
  }

  /**
   * Runs a command and passes on what it prints as it comes.
   *
   * @return its exit status
   * @throws ControlException if the daemon breaks off before the command has ended
   */
  public int run(String command, byte[] input, OutputStream output, OutputStream error) {
    byte[] text = command.getBytes(StandardCharsets.UTF_8);
    if (text.length > MAX_OCTETS) {
      throw new ControlException(
          "the command is longer than " + MAX_OCTETS + " octets; give long text as input");
    }
    Thread writer = Thread.ofVirtual().start(() -> send(text, input));
    try {
      int status = receive(output, error);
      // what is left of the input is dropped there; the next command must come behind it
      writer.join();
      return status;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      closeQuietly(channel);
      throw new ControlException("interrupted while '" + command + "' ran", e);
    } catch (IOException e) {
      closeQuietly(channel);
      throw new ControlException(
          "KTSNd closed the control socket "
              + socket
              + " before the command had ended ("
              + e.getMessage()
              + ")",
          e);
    }
  }

  // Apart from the receiving thread, so that a command that answers before it has read all its
  // input
  // does not block both sides.
  private void send(byte[] command, byte[] input) {
    try {
      write('c', command, 0, command.length);
      for (int from = 0; from < input.length; from += INPUT_CHUNK) {
        write('i', input, from, Math.min(INPUT_CHUNK, input.length - from));
      }
      write('i', input, 0, 0);
    } catch (IOException e) {
      // the receiver sees the end of the connection as well, and reports it
      closeQuietly(channel);
    }
  }

  private void write(char type, byte[] octets, int offset, int length) throws IOException {
    byte[] head = (type + " " + length + "\n").getBytes(StandardCharsets.US_ASCII);
    byte[] whole = new byte[head.length + length];
    System.arraycopy(head, 0, whole, 0, head.length);
    System.arraycopy(octets, offset, whole, head.length, length);
    out.write(whole);
  }

  private int receive(OutputStream output, OutputStream error) throws IOException {
    while (true) {
      int type = in.read();
      if (type < 0) {
        throw new EOFException("no exit status came");
      }
      byte[] octets = in.readNBytes(length());
      switch (type) {
        case 'o' -> pass(octets, output);
        case 'e' -> pass(octets, error);
        case 'x' -> {
          return status(octets);
        }
        default -> throw new IOException("an answer of the unknown type " + type + " came");
      }
    }
  }

  private int length() throws IOException {
    if (in.read() != ' ') {
      throw new IOException("an answer came that is not of the control protocol");
    }
    int length = 0;
    int digits = 0;
    for (int octet = in.read(); octet != '\n'; octet = in.read()) {
      if (octet < '0' || octet > '9' || ++digits > MAX_DIGITS) {
        throw new IOException("an answer came that is not of the control protocol");
      }
      length = length * 10 + octet - '0';
    }
    return length;
  }

  private static void pass(byte[] octets, OutputStream target) throws IOException {
    target.write(octets);
    target.flush();
  }

  private static int status(byte[] octets) throws IOException {
    try {
      return Integer.parseInt(new String(octets, StandardCharsets.US_ASCII));
    } catch (NumberFormatException e) {
      throw new IOException("the exit status is not a number", e);
    }
  }

  /** Ends the session; a command that runs is interrupted. */
  @Override
  public void close() {
    closeQuietly(channel);
  }

  private static void closeQuietly(SocketChannel channel) {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        // nothing can be done about a socket that does not close, and nothing depends on it
      }
    }
  }
}
