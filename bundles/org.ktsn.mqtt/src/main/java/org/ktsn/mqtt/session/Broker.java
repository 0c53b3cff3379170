package org.ktsn.mqtt.session;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Arrays;
import java.util.List;

/**
 * A broker's address: {@code mqtt://HOST[:1883]}, or {@code mqtts://HOST[:8883]} with TLS.
 *
 * @param host name or address
 * @param port TCP port
 * @param tls whether the connection is encrypted
 */
public record Broker(String host, int port, boolean tls) {
  private static final int PORT = 1883;
  private static final int TLS_PORT = 8883;

  /**
   * Reads an address.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static Broker parse(String text) {
    try {
      URI uri = new URI(text.strip());
      String scheme = String.valueOf(uri.getScheme());
      boolean tls = scheme.equals("mqtts");
      if ((tls || scheme.equals("mqtt"))
          && uri.getHost() != null
          && uri.getRawUserInfo() == null
          && (uri.getRawPath().isEmpty() || uri.getRawPath().equals("/"))
          && uri.getRawQuery() == null) {
        int usual = tls ? TLS_PORT : PORT;
        return new Broker(uri.getHost(), uri.getPort() < 0 ? usual : uri.getPort(), tls);
      }
    } catch (URISyntaxException e) {
      // told below, with the form that it should have
    }
    throw new IllegalArgumentException(
        "'" + text.strip() + "' is no broker; give mqtt://HOST:PORT, or mqtts://HOST:PORT for TLS");
  }

  /** Reads several addresses with commas between them; blanks are left out. */
  public static List<Broker> parseAll(String text) {
    return Arrays.stream(text.split(",")).filter(one -> !one.isBlank()).map(Broker::parse).toList();
  }

  /** The address as the client library wants it. */
  String clientUri() {
    return (tls ? GuardedTransport.ENCRYPTED : GuardedTransport.PLAIN) + "://" + host + ":" + port;
  }

  @Override
  public String toString() {
    return (tls ? "mqtts://" : "mqtt://") + host + ":" + port;
  }
}
