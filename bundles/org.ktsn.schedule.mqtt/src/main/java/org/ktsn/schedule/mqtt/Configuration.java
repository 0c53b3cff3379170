package org.ktsn.schedule.mqtt;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import java.util.List;
import java.util.Optional;
import org.ktsn.mqtt.protocol.PemFile;
import org.ktsn.mqtt.protocol.Topics;
import org.ktsn.mqtt.session.Broker;
import org.ktsn.mqtt.session.Credentials;
import org.ktsn.mqtt.session.SessionSettings;
import org.ktsn.mqtt.session.TlsFiles;
import org.ktsn.schedule.mqtt.node.NodeSettings;

/** Reads the component's configuration; a value that does not fit is refused with its key. */
final class Configuration {
  private static final Path HOST_NAME = Path.of("/proc/sys/kernel/hostname");
  private static final String USUAL_INSTANCE = "ktsn";

  private Configuration() {}

  /**
   * Reads the configuration.
   *
   * @param instance KTSNd's name: two on a host are two nodes
   */
  static NodeSettings read(MqttConfig config, String instance) {
    Topics topics = topics(config, instance);
    return new NodeSettings(
        topics,
        new SessionSettings(
            Broker.parseAll(config.brokers()),
            config.client_id().isBlank()
                ? "ktsn-" + topics.network() + "-" + topics.node()
                : config.client_id(),
            new Credentials(config.user(), path(config.password_file())),
            new TlsFiles(
                path(config.tls_ca_file()),
                path(config.tls_certificate_file()),
                path(config.tls_key_file())),
            config.keep_alive_s(),
            config.connect_timeout_s(),
            config.session_expiry_s(),
            config.backoff_min_ms(),
            config.backoff_max_ms(),
            (long) config.payload_limit_octets() + NodeSettings.PACKET_OVERHEAD_OCTETS,
            config.offline_limit(),
            Optional.empty(),
            config.will_delay_s()),
        config.payload_limit_octets(),
        signers(config),
        config.min_change_interval_ms(),
        config.statistics_interval_s());
  }

  static Topics topics(MqttConfig config, String instance) {
    String node = config.node().isBlank() ? hostName(instance) : config.node();
    return new Topics(config.topic_prefix(), config.network(), node);
  }

  private static List<PublicKey> signers(MqttConfig config) {
    return path(config.signer_keys_file())
        .map(file -> PemFile.read(file).ed25519PublicKeys())
        .orElse(List.of());
  }

  private static Optional<Path> path(String text) {
    return text.isBlank() ? Optional.empty() : Optional.of(Path.of(text.strip()));
  }

  private static String hostName(String instance) {
    String name;
    try {
      name = Files.readString(HOST_NAME).strip();
    } catch (IOException e) {
      throw new IllegalArgumentException("the host's name can't be read; set node", e);
    }
    return instance.equals(USUAL_INSTANCE) ? name : name + "-" + instance;
  }
}
