package org.ktsn.shell;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Converter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client of the control socket and its Gogo session. A thread of its own reads frames; the
 * thread that calls {@link #run} executes the commands.
 */
final class ControlConnection implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(ControlConnection.class);
  private static final int SUCCESS = 0;
  private static final int FAILURE = 1;

  /**
   * A command and its input.
   *
   * @param text the command
   * @param input what the client sends along
   */
  private record Request(String text, CommandInput input) {}

  private final SocketChannel channel;
  private final InputStream in;
  private final OutputStream out;
  private final CommandProcessor processor;
  private final BlockingQueue<Request> requests = new ArrayBlockingQueue<>(1);
  private final Thread reader;
  private volatile CommandInput input = new CommandInput();
  private Thread runner;
  private boolean busy;
  private boolean closing;

  ControlConnection(SocketChannel channel, CommandProcessor processor) {
    this.channel = channel;
    this.processor = processor;
    this.in = Channels.newInputStream(channel);
    this.out = new WholeFrames(Channels.newOutputStream(channel));
    this.reader = Thread.ofPlatform().daemon().name("ktsn-control-reader").unstarted(this::read);
  }

  /** Serves the client until it goes, or until the server closes. */
  @Override
  public void run() {
    synchronized (this) {
      runner = Thread.currentThread();
    }
    FrameOutput output = new FrameOutput(out, Frame.OUTPUT);
    FrameOutput error = new FrameOutput(out, Frame.ERROR);
    reader.start();
    try (channel;
        CommandSession session = processor.createSession(new SessionInput(), output, error)) {
      while (true) {
        Request request = requests.take();
        if (!begin(request)) {
          return;
        }
        int status = execute(session, request.text(), error);
        output.flush();
        error.flush();
        byte[] digits = Integer.toString(status).getBytes(StandardCharsets.US_ASCII);
        Frame.write(out, Frame.EXIT, digits, 0, digits.length);
        if (!finish()) {
          return;
        }
      }
    } catch (InterruptedException e) {
      LOG.debug("event=control-connection-interrupted");
    } catch (IOException e) {
      LOG.debug("event=control-client-gone reason=\"{}\"", e.toString());
    } finally {
      input.abandon();
      reader.interrupt();
    }
  }

  /** Tells a client that it can't be served, and closes the connection. */
  static void refuse(SocketChannel channel, OutputStream out, String sentence) {
    try (channel) {
      byte[] text = (sentence + "\n").getBytes(StandardCharsets.UTF_8);
      Frame.write(out, Frame.ERROR, text, 0, text.length);
      Frame.write(out, Frame.EXIT, new byte[] {'1'}, 0, 1);
    } catch (IOException e) {
      LOG.debug("event=control-client-gone reason=\"{}\"", e.toString());
    }
  }

  /** Closes the connection: at once if it is idle, otherwise when the running command has ended. */
  synchronized void close() throws IOException {
    closing = true;
    if (!busy) {
      channel.close();
    }
  }

  private synchronized boolean begin(Request request) {
    if (closing) {
      return false;
    }
    input = request.input();
    busy = true;
    return true;
  }

  private synchronized boolean finish() {
    busy = false;
    input.abandon();
    return !closing;
  }

  private int execute(CommandSession session, String command, FrameOutput error)
      throws IOException {
    try {
      print(session, session.execute(command));
      return SUCCESS;
    } catch (CommandException e) {
      print(session, e.output());
      report(error, e.getMessage());
    } catch (InterruptedException e) {
      report(error, "the command was interrupted");
    } catch (Exception | LinkageError | AssertionError | StackOverflowError e) {
      if (e.getMessage() == null) {
        LOG.warn("event=command-failed command={}", command, e);
      }
      report(error, Sentence.of(e));
    }
    return FAILURE;
  }

  private static void print(CommandSession session, Object result) {
    if (result == null) {
      return;
    }
    String text = String.valueOf(session.format(result, Converter.INSPECT));
    if (!text.isEmpty()) {
      session.getConsole().print(text.endsWith("\n") ? text : text + "\n");
      session.getConsole().flush();
    }
  }

  private static void report(FrameOutput error, String sentence) throws IOException {
    error.write((sentence + "\n").getBytes(StandardCharsets.UTF_8));
  }

  private void read() {
    CommandInput latest = new CommandInput();
    try {
      for (Optional<Frame> next = Frame.read(in); next.isPresent(); next = Frame.read(in)) {
        Frame frame = next.get();
        switch (frame.type()) {
          case Frame.COMMAND -> {
            latest.end();
            latest = new CommandInput();
            requests.put(new Request(frame.text(), latest));
          }
          case Frame.INPUT -> latest.put(frame.octets());
          default ->
              throw new Frame.ProtocolException(
                  "a client sends frames of type c and i, not '" + frame.type() + "'");
        }
      }
      clientGone(latest);
    } catch (Frame.ProtocolException e) {
      refuse(channel, out, "this is not the control protocol: " + e.getMessage());
      clientGone(latest);
    } catch (IOException e) {
      LOG.debug("event=control-client-gone reason=\"{}\"", e.toString());
      clientGone(latest);
    } catch (InterruptedException e) {
      LOG.debug("event=control-reader-interrupted");
    }
  }

  /** Ends the session: a command that runs is interrupted, an idle runner as well. */
  private void clientGone(CommandInput latest) {
    latest.end();
    synchronized (this) {
      closing = true;
      runner.interrupt();
    }
  }

  /** The session's keyboard: the input of the command that runs. */
  private final class SessionInput extends InputStream {
    @Override
    public int read() throws IOException {
      return input.read();
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      return input.read(target, offset, length);
    }

    @Override
    public int available() {
      return input.available();
    }
  }

  /** Lets one frame pass after the other, whoever writes them. */
  private static final class WholeFrames extends OutputStream {
    private final OutputStream out;

    WholeFrames(OutputStream out) {
      this.out = out;
    }

    @Override
    public synchronized void write(int octet) throws IOException {
      out.write(octet);
    }

    @Override
    public synchronized void write(byte[] octets, int offset, int length) throws IOException {
      out.write(octets, offset, length);
    }
  }
}
