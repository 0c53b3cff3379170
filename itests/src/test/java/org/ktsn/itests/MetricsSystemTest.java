package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a node counts can be read over HTTP and in the shell, and is what it sent. */
@ExtendWith(Node.class)
final class MetricsSystemTest {
  private static final String CONFIG = "ktsn:config org.ktsn.metrics ";
  private static final int FRAMES = 50;

  private final HttpClient client = HttpClient.newHttpClient();

  @AfterEach
  void end() {
    client.close();
    Node.node().shell(CONFIG + "port-");
  }

  @Test
  void shouldCountEachFrameThatWasSent() throws IOException {
    Node node = Node.node();
    int port = free();
    node.shell(CONFIG + "port=" + port);
    Node.await("metrics are served", 20, () -> read(port).isPresent());
    double before = value(read(port).orElseThrow(), "ktsn_pod_sent_frames_total{pod=\"alice\"}");
    node.exec(
            "alice",
            Node.SEND.toString(),
            "--to",
            node.bob(),
            "--port",
            "6410",
            "--count",
            Integer.toString(FRAMES),
            "--interval-us",
            "1000",
            "--stamp-ms",
            "200")
        .end(20)
        .expect(0);
    Node.await(
        "all are counted",
        10,
        () ->
            value(read(port).orElseThrow(), "ktsn_pod_sent_frames_total{pod=\"alice\"}")
                == before + FRAMES);
    String inShell = node.shell("ktsn:metrics");
    assertEquals(before + FRAMES, value(inShell, "ktsn_pod_sent_frames_total{pod=\"alice\"}"));
    assertEquals(1, value(inShell, "ktsn_switch_connected"));
    assertEquals(1, value(inShell, "ktsn_port_up{port=\"k0-" + Node.INSTANCE + "\"}"));
    assertTrue(inShell.contains("\nktsn_launch_error_seconds{quantile=\"0.99\"} "), inShell);
  }

  /** One that is free at the moment. */
  private static int free() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private Optional<String> read(int port) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics")).build();
    try {
      return Optional.of(client.send(request, BodyHandlers.ofString()).body());
    } catch (IOException e) {
      return Optional.empty(); // not yet
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static double value(String metrics, String name) {
    return metrics
        .lines()
        .filter(line -> line.startsWith(name + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
        .findFirst()
        .orElse(0);
  }
}
