package org.ktsn.mqtt.session;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.client.internal.NetworkModule;
import org.eclipse.paho.mqttv5.client.spi.NetworkModuleFactory;

/**
 * TCP, with or without TLS, as the client library uses it: small messages leave at once, the
 * broker's name is checked, and a {@link PacketGuard} reads along.
 */
public final class GuardedTransport implements NetworkModuleFactory {
  static final String PLAIN = "ktsn-tcp";
  static final String ENCRYPTED = "ktsn-tls";

  /** Made by the client library. */
  public GuardedTransport() {}

  @Override
  public Set<String> getSupportedUriSchemes() {
    return Set.of(PLAIN, ENCRYPTED);
  }

  @Override
  public void validateURI(URI address) {
    // Broker makes no others
  }

  @Override
  public NetworkModule createNetworkModule(
      URI address, MqttConnectionOptions options, String clientId) {
    return new Module(address, options);
  }

  private static final class Module implements NetworkModule {
    private final URI address;
    private final MqttConnectionOptions options;
    private Socket socket = new Socket();

    Module(URI address, MqttConnectionOptions options) {
      this.address = address;
      this.options = options;
    }

    @Override
    public void start() throws IOException {
      int limitMs = Math.toIntExact(TimeUnit.SECONDS.toMillis(options.getConnectionTimeout()));
      socket = options.getSocketFactory().createSocket();
      socket.setTcpNoDelay(true);
      socket.connect(new InetSocketAddress(address.getHost(), address.getPort()), limitMs);
      if (socket instanceof SSLSocket encrypted) {
        SSLParameters parameters = encrypted.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        encrypted.setSSLParameters(parameters);
        encrypted.setSoTimeout(limitMs);
        encrypted.startHandshake();
        encrypted.setSoTimeout(0);
      }
    }

    @Override
    public InputStream getInputStream() throws IOException {
      return new PacketGuard(socket.getInputStream(), options.getMaximumPacketSize());
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
      return socket.getOutputStream();
    }

    @Override
    public void stop() throws IOException {
      socket.close();
    }

    @Override
    public String getServerURI() {
      return address.toString();
    }
  }
}
