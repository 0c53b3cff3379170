package org.ktsn.cli.testbed;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.ktsn.cli.CommandFailure;

/** An MQTT broker (mosquitto) for the length of a run, on this machine alone. */
public final class PrivateBroker implements AutoCloseable {
  private static final long START_NS = 10_000_000_000L;

  private final Path work;
  private final Cleanup cleanup;
  private final int port;
  private final Child mosquitto;

  /**
   * Starts it.
   *
   * @param work a folder for its configuration
   */
  public PrivateBroker(Path work, Cleanup cleanup) {
    this(work, cleanup, freePort());
  }

  private PrivateBroker(Path work, Cleanup cleanup, int port) {
    this.work = work;
    this.cleanup = cleanup;
    this.port = port;
    Path configuration = work.resolve("mosquitto.conf");
    try {
      Files.writeString(
          configuration,
          "listener "
              + port
              + " 127.0.0.1\nallow_anonymous true\npersistence false\nuser root\nset_tcp_nodelay"
              + " true\nmax_queued_messages 0\n");
    } catch (IOException e) {
      throw new CommandFailure("Can't prepare the broker: " + e.getMessage() + ".", e);
    }
    mosquitto =
        Child.start(
            "broker",
            List.of(program().toString(), "-c", configuration.toString()),
            line -> {},
            cleanup);
    awaitAnswer();
  }

  /** Returns where mosquitto is. */
  public static Path program() {
    return Stream.of("/usr/sbin/mosquitto", "/usr/bin/mosquitto", "/usr/local/sbin/mosquitto")
        .map(Path::of)
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(
            () ->
                new CommandFailure(
                    "There is no mosquitto on this machine; install it: apt-get install"
                        + " mosquitto."));
  }

  /** Starts another one in the place of this one, which has ended. */
  public PrivateBroker again() {
    return new PrivateBroker(work, cleanup, port);
  }

  /** Returns where it listens. */
  public String url() {
    return "mqtt://127.0.0.1:" + port;
  }

  @Override
  public void close() {
    mosquitto.stop();
  }

  private void awaitAnswer() {
    long limit = System.nanoTime() + START_NS;
    while (true) {
      try (Socket probe = new Socket()) {
        probe.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 500);
        return;
      } catch (IOException e) {
        if (!mosquitto.running() || System.nanoTime() > limit) {
          mosquitto.await(1); // says why it failed
          throw new CommandFailure("The broker does not answer on port " + port + ".", e);
        }
        Patience.sleepMs(20);
      }
    }
  }

  private static int freePort() {
    try (ServerSocket any = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return any.getLocalPort();
    } catch (IOException e) {
      throw new CommandFailure("There is no free port for the broker: " + e.getMessage() + ".", e);
    }
  }
}
