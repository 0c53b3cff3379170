package org.ktsn.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MetricsEndpointTest {
  private static final String LOOPBACK = "127.0.0.1";

  private final Metrics metrics = new Metrics();
  private final MetricsEndpoint endpoint = new MetricsEndpoint(metrics, false);
  private final HttpClient client = HttpClient.newHttpClient();

  @AfterEach
  void close() {
    client.close();
    endpoint.close();
  }

  private HttpResponse<String> ask(int port, String method, String path, String accept)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://" + LOOPBACK + ":" + port + path))
            .method(method, BodyPublishers.noBody())
            .header("Accept", accept)
            .build();
    return client.send(request, BodyHandlers.ofString());
  }

  @Test
  void shouldServeBothFormats() throws Exception {
    metrics.dataplane = new StubDataplane();
    int port = endpoint.open(LOOPBACK, 0);
    HttpResponse<String> plain = ask(port, "GET", "/metrics", "*/*");
    assertEquals(200, plain.statusCode());
    assertEquals(
        "text/plain; version=0.0.4; charset=utf-8",
        plain.headers().firstValue("Content-Type").orElseThrow());
    assertTrue(plain.body().contains("\nktsn_sent_frames_total{class=\"7\"} 2.0\n"), plain::body);
    HttpResponse<String> open =
        ask(port, "GET", "/metrics", "application/openmetrics-text; version=1.0.0");
    assertEquals(
        "application/openmetrics-text; version=1.0.0; charset=utf-8",
        open.headers().firstValue("Content-Type").orElseThrow());
    assertTrue(open.body().endsWith("# EOF\n"), open::body);
  }

  @Test
  void shouldOnlyBeReadAndOnlyThere() throws Exception {
    int port = endpoint.open(LOOPBACK, 0);
    assertEquals(404, ask(port, "GET", "/", "*/*").statusCode());
    assertEquals(404, ask(port, "GET", "/metrics/x", "*/*").statusCode());
    HttpResponse<String> post = ask(port, "POST", "/metrics", "*/*");
    assertEquals(405, post.statusCode());
    assertEquals("GET, HEAD", post.headers().firstValue("Allow").orElseThrow());
    assertEquals("", ask(port, "HEAD", "/metrics", "*/*").body());
  }

  @Test
  void shouldSayWhyItCannotListen() {
    int port = endpoint.open(LOOPBACK, 0);
    MetricsEndpoint second = new MetricsEndpoint(metrics, false);
    try {
      UncheckedIOException e =
          assertThrows(UncheckedIOException.class, () -> second.open(LOOPBACK, port));
      assertTrue(
          e.getMessage().startsWith("metrics can't be read at 127.0.0.1 port " + port + ": "),
          e::getMessage);
      IllegalArgumentException wrong =
          assertThrows(IllegalArgumentException.class, () -> second.open("localhost", 0));
      assertEquals(
          "address 'localhost' of org.ktsn.metrics is no IP address; give one of this node",
          wrong.getMessage());
    } finally {
      second.close();
    }
  }
}
