package org.ktsn.cli.schedule;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.ktsn.cli.ControlException;
import org.ktsn.mqtt.protocol.Topics;
import org.ktsn.mqtt.session.Broker;
import org.ktsn.mqtt.session.Credentials;
import org.ktsn.mqtt.session.SessionSettings;
import org.ktsn.mqtt.session.TlsFiles;
import picocli.CommandLine.Option;

/** The options of every command that talks to a broker. */
final class BrokerOptions {
  private static final int KEEP_ALIVE_S = 30;
  private static final long BACKOFF_MIN_MS = 200;
  private static final long BACKOFF_MAX_MS = 2_000;
  private static final long MAX_PACKET_OCTETS = 2L << 20;
  private static final int WAITING = 1_000_000;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "show this and end")
  boolean help; // read by picocli

  @Option(
      names = "--broker",
      paramLabel = "URL",
      defaultValue = "${env:KTSN_BROKER:-mqtt://localhost:1883}",
      description = "mqtt://HOST:PORT or mqtts://HOST:PORT (KTSN_BROKER, ${DEFAULT-VALUE})")
  private String broker;

  @Option(
      names = "--network",
      paramLabel = "NAME",
      defaultValue = "${env:KTSN_NETWORK:-default}",
      description = "the network of the nodes (KTSN_NETWORK, ${DEFAULT-VALUE})")
  private String network;

  @Option(
      names = "--prefix",
      paramLabel = "TOPIC",
      defaultValue = Topics.DEFAULT_PREFIX,
      description = "the first levels of all topics (${DEFAULT-VALUE})")
  private String prefix;

  @Option(names = "--user", paramLabel = "NAME", description = "user name at the broker")
  private Optional<String> user = Optional.empty();

  @Option(
      names = "--password-file",
      paramLabel = "FILE",
      description = "file whose first line is the password")
  private Optional<Path> passwordFile = Optional.empty();

  @Option(names = "--ca", paramLabel = "FILE", description = "PEM file of the authorities to trust")
  private Optional<Path> authorities = Optional.empty();

  @Option(names = "--cert", paramLabel = "FILE", description = "PEM file of our certificate")
  private Optional<Path> certificate = Optional.empty();

  @Option(names = "--key", paramLabel = "FILE", description = "PEM file of its private key")
  private Optional<Path> key = Optional.empty();

  @Option(
      names = "--timeout",
      paramLabel = "S",
      defaultValue = "10",
      description = "seconds to wait for the broker, and for each answer (${DEFAULT-VALUE})")
  private int timeoutS;

  long timeoutMs() {
    return timeoutS * 1_000L;
  }

  /**
   * Returns a node's topics.
   *
   * @throws ControlException if the name can't be part of them
   */
  Topics topics(String node) {
    try {
      return new Topics(prefix, network, node);
    } catch (IllegalArgumentException e) {
      throw new ControlException(e.getMessage(), e);
    }
  }

  /** The session of one command: nothing of it stays at the broker. */
  SessionSettings session(String clientId) {
    try {
      return new SessionSettings(
          List.of(Broker.parse(broker)),
          clientId,
          new Credentials(user.orElse(""), passwordFile),
          new TlsFiles(authorities, certificate, key),
          KEEP_ALIVE_S,
          Math.max(1, timeoutS),
          0,
          BACKOFF_MIN_MS,
          BACKOFF_MAX_MS,
          MAX_PACKET_OCTETS,
          WAITING,
          Optional.empty(),
          0);
    } catch (IllegalArgumentException e) {
      throw new ControlException(e.getMessage(), e);
    }
  }
}
