package org.ktsn.metrics;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.Designate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets metrics be read over HTTP, at {@code /metrics}, where a port is configured. One thread
 * serves all who read: whoever reads slowly keeps the others waiting, and no frame.
 */
@Component(
    service = {},
    immediate = true,
    configurationPid = "org.ktsn.metrics")
@Designate(ocd = MetricsConfig.class)
public final class MetricsEndpoint {
  private static final Logger LOG = LoggerFactory.getLogger(MetricsEndpoint.class);
  private static final String PATH = "/metrics";
  private static final int OK = 200;
  private static final int NOT_FOUND = 404;
  private static final int NOT_ALLOWED = 405;

  /** How many who would read may wait. */
  private static final int BACKLOG = 16;

  private final Metrics metrics;
  private final boolean flows;
  private final ExecutorService readers =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread thread = new Thread(task, "ktsn-metrics");
            thread.setDaemon(true);
            return thread;
          });
  private HttpServer server;

  /** Made by the component runtime. */
  @Activate
  public MetricsEndpoint(MetricsConfig config, @Reference Metrics metrics) {
    this(metrics, config.flows());
    if (config.port() > 0) {
      open(config.address(), config.port());
    }
  }

  MetricsEndpoint(Metrics metrics, boolean flows) {
    this.metrics = metrics;
    this.flows = flows;
  }

  /**
   * Begins to listen.
   *
   * @param port 0: any that is free
   * @return the port
   */
  int open(String address, int port) {
    try {
      InetAddress at = InetAddress.ofLiteral(address);
      server = HttpServer.create(new InetSocketAddress(at, port), BACKLOG);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "address '" + address + "' of org.ktsn.metrics is no IP address; give one of this node",
          e);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "metrics can't be read at "
              + address
              + " port "
              + port
              + ": "
              + e.getMessage()
              + "; give another address or port in org.ktsn.metrics",
          e);
    }
    server.setExecutor(readers);
    server.createContext("/", this::answer);
    server.start();
    int bound = server.getAddress().getPort();
    LOG.info("event=metrics-served address={} port={} path={}", address, bound, PATH);
    return bound;
  }

  /** Listens no more. */
  @Deactivate
  void close() {
    if (server != null) {
      server.stop(0);
    }
    readers.shutdownNow();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String method = exchange.getRequestMethod();
      boolean head = method.equals("HEAD");
      if (!exchange.getRequestURI().getPath().equals(PATH)) {
        say(exchange, NOT_FOUND, head, "metrics are at " + PATH + "\n");
      } else if (!head && !method.equals("GET")) {
        exchange.getResponseHeaders().set("Allow", "GET, HEAD");
        say(exchange, NOT_ALLOWED, false, "metrics can only be read: GET\n");
      } else {
        Format format = Format.of(exchange.getRequestHeaders().getFirst("Accept"));
        send(exchange, OK, format.contentType(), head, metrics.write(format, flows));
      }
    }
  }

  private static void say(HttpExchange exchange, int status, boolean head, String text)
      throws IOException {
    send(
        exchange, status, "text/plain; charset=utf-8", head, text.getBytes(StandardCharsets.UTF_8));
  }

  private static void send(
      HttpExchange exchange, int status, String type, boolean head, byte[] body)
      throws IOException {
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.sendResponseHeaders(status, head ? -1 : body.length);
    if (!head) {
      exchange.getResponseBody().write(body);
    }
  }
}
