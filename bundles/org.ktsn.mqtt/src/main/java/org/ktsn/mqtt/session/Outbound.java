package org.ktsn.mqtt.session;

import com.google.gson.JsonElement;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * A message to send.
 *
 * @param topic its topic
 * @param payload its octets; not to be changed
 * @param contentType what they are
 * @param delivery how it is sent
 * @param responseTopic where we want the answer
 * @param correlation what ties question and answer; not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // handed on, never compared
public record Outbound(
    String topic,
    byte[] payload,
    String contentType,
    Delivery delivery,
    Optional<String> responseTopic,
    Optional<byte[]> correlation) {
  private static final String JSON = "application/json";
  private static final String JOSE = "application/jose";

  /** How a message is sent. */
  public enum Delivery {
    /** At least once, kept by the broker; of several that wait for the same topic the last. */
    STATE(1, true),
    /** At least once; waits for a connection. */
    MESSAGE(1, false),
    /** Now or never. */
    SAMPLE(0, false);

    private final int qos;
    private final boolean retained;

    Delivery(int qos, boolean retained) {
      this.qos = qos;
      this.retained = retained;
    }

    int qos() {
      return qos;
    }

    boolean retained() {
      return retained;
    }
  }

  /** Makes a message of JSON. */
  public static Outbound json(String topic, JsonElement json, Delivery delivery) {
    return jsonText(topic, json.toString(), delivery);
  }

  /** Makes a message of JSON that is text already. */
  public static Outbound jsonText(String topic, String json, Delivery delivery) {
    return new Outbound(topic, octets(json), JSON, delivery, Optional.empty(), Optional.empty());
  }

  /** Makes a signed message. */
  public static Outbound signed(String topic, String jws, Delivery delivery) {
    return new Outbound(topic, octets(jws), JOSE, delivery, Optional.empty(), Optional.empty());
  }

  /** Returns the same as an answer to a question. */
  public Outbound answering(Optional<byte[]> asked) {
    return new Outbound(topic, payload, contentType, delivery, responseTopic, asked);
  }

  /** Returns the same as a question. */
  public Outbound asking(String where, byte[] tie) {
    return new Outbound(
        topic, payload, contentType, delivery, Optional.of(where), Optional.of(tie));
  }

  private static byte[] octets(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
