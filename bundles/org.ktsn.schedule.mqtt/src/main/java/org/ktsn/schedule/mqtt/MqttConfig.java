package org.ktsn.schedule.mqtt;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** The link to the controller; PID {@code org.ktsn.schedule.mqtt}. Off while no broker is named. */
@ObjectClassDefinition(name = "KTSN schedules over MQTT")
@SuppressWarnings("MemberName") // one underscore stands for a dot in the key
public @interface MqttConfig {
  /** Brokers. */
  @AttributeDefinition(
      description =
          "mqtt://HOST:PORT or mqtts://HOST:PORT (TLS), several with commas: the first that answers"
              + " is used; empty: off")
  String brokers() default "";

  /** Prefix of the topics. */
  @AttributeDefinition(description = "the first levels of all topics")
  String topic_prefix() default "ktsn/v1";

  /** Network. */
  @AttributeDefinition(description = "the network's name, the topics' next level")
  String network() default "default";

  /** Node. */
  @AttributeDefinition(
      description = "the node's name, the topics' next level; empty: the host's name")
  String node() default "";

  /** Client id. */
  @AttributeDefinition(description = "the session's name at the broker; empty: ktsn-NETWORK-NODE")
  String client_id() default "";

  /** User. */
  @AttributeDefinition(description = "user name at the broker; empty for none")
  String user() default "";

  /** Password. */
  @AttributeDefinition(description = "file whose first line is the password; empty for none")
  String password_file() default "";

  /** Authorities. */
  @AttributeDefinition(
      description = "PEM file of the authorities to trust with TLS; empty: the JDK's")
  String tls_ca_file() default "";

  /** Own certificate. */
  @AttributeDefinition(description = "PEM file of the node's certificate; empty for none")
  String tls_certificate_file() default "";

  /** Own key. */
  @AttributeDefinition(description = "PEM file of its private key (PKCS #8)")
  String tls_key_file() default "";

  /** Signers. */
  @AttributeDefinition(
      description =
          "PEM file of the Ed25519 public keys whose signature a schedule needs; empty: none is"
              + " needed")
  String signer_keys_file() default "";

  /** Keep-alive. */
  @AttributeDefinition(description = "s after which a silent connection is probed")
  int keep_alive_s() default 30;

  /** Time for a connection. */
  @AttributeDefinition(description = "s that each step of a connection may take")
  int connect_timeout_s() default 10;

  /** Session. */
  @AttributeDefinition(description = "s for which the broker keeps the session of an absent node")
  long session_expiry_s() default 3600;

  /** Shortest pause. */
  @AttributeDefinition(description = "ms before the first new attempt to connect")
  long backoff_min_ms() default 500;

  /** Longest pause. */
  @AttributeDefinition(description = "ms between attempts in the end")
  long backoff_max_ms() default 60_000;

  /** Limit of messages. */
  @AttributeDefinition(description = "octets that a message may have, 1048576 at most")
  int payload_limit_octets() default 524_288;

  /** What waits. */
  @AttributeDefinition(description = "answers and events that wait at most for a connection")
  int offline_limit() default 1_000;

  /** Last will. */
  @AttributeDefinition(description = "s after which the broker says that the node is offline")
  long will_delay_s() default 5;

  /** Samples. */
  @AttributeDefinition(description = "s between two samples of flows and statistics, 0 for none")
  int statistics_interval_s() default 10;

  /** Pace. */
  @AttributeDefinition(description = "ms between two changes of the port's schedule")
  long min_change_interval_ms() default 20;
}
