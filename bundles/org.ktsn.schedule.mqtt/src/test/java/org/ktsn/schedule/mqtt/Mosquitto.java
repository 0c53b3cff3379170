package org.ktsn.schedule.mqtt;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A real mosquitto on a free port of this machine, in a folder of its own. */
public final class Mosquitto implements AutoCloseable {
  private static final Path PROGRAM = Path.of("/usr/sbin/mosquitto");

  private final Path folder;
  private final int port;
  private Process process;

  private Mosquitto(Path folder, int port) {
    this.folder = folder;
    this.port = port;
  }

  /** Starts one that lets anyone in. */
  public static Mosquitto open(Path folder) {
    return start(folder, List.of("allow_anonymous true"));
  }

  /** Starts one with these lines in its configuration, behind its listener. */
  public static Mosquitto start(Path folder, List<String> lines) {
    assertTrue(
        Files.isExecutable(PROGRAM),
        PROGRAM + " is missing; install it with: apt-get install mosquitto");
    Mosquitto broker = new Mosquitto(folder, freePort());
    List<String> all = new ArrayList<>();
    all.add("per_listener_settings false");
    all.add("user root"); // its files are ours
    all.add("set_tcp_nodelay true");
    all.add("max_queued_messages 0");
    all.add("persistence true");
    all.add("persistence_location " + folder + "/");
    all.add("listener " + broker.port + " 127.0.0.1");
    all.addAll(lines);
    try {
      Files.write(folder.resolve("mosquitto.conf"), all);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    broker.start();
    return broker;
  }

  /** Starts it again, on the same port. */
  public void start() {
    try {
      process =
          new ProcessBuilder(PROGRAM.toString(), "-c", folder.resolve("mosquitto.conf").toString())
              .redirectErrorStream(true)
              .redirectOutput(
                  ProcessBuilder.Redirect.appendTo(folder.resolve("mosquitto.log").toFile()))
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Eventually.await(
        "mosquitto listens",
        () -> {
          assertTrue(process.isAlive(), () -> "mosquitto ended: " + log());
          return listens();
        });
  }

  private boolean listens() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 500);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Ends it without warning. */
  public void kill() {
    process.destroyForcibly();
    end();
  }

  /** Ends it in order: it keeps what is retained. */
  public void stop() {
    process.destroy();
    end();
  }

  private void end() {
    try {
      assertTrue(process.waitFor(10, TimeUnit.SECONDS), "mosquitto does not end");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** What it printed. */
  public String log() {
    try {
      return Files.readString(folder.resolve("mosquitto.log"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Its port. */
  public int port() {
    return port;
  }

  /** Its address without TLS. */
  public String address() {
    return "mqtt://127.0.0.1:" + port;
  }

  /** Its address with TLS; the certificate is for this name. */
  public String tlsAddress() {
    return "mqtts://localhost:" + port;
  }

  @Override
  public void close() {
    if (process.isAlive()) {
      kill();
    }
  }

  /** Finds a port that nobody uses. */
  public static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
