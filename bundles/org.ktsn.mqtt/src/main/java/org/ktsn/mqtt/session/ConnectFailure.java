package org.ktsn.mqtt.session;

import java.io.EOFException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.eclipse.paho.mqttv5.client.MqttClientException;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.ktsn.mqtt.session.PacketGuard.TooLongException;

/** A connection could not be made, or is lost; the message is a reason for people. */
final class ConnectFailure extends Exception {
  private static final long serialVersionUID = 1L;

  /** Reason codes of MQTT 5 that say something to people. */
  private static final Map<Integer, String> CODES =
      Map.ofEntries(
          Map.entry(0x80, "the broker gives no reason"),
          Map.entry(0x81, "the broker found a malformed packet"),
          Map.entry(0x82, "the broker speaks of a protocol error"),
          Map.entry(0x84, "the broker does not speak MQTT 5; give one that does"),
          Map.entry(0x85, "the broker refuses the client id; set client.id"),
          Map.entry(0x86, "the broker refuses user name or password"),
          Map.entry(0x87, "the broker does not authorise us"),
          Map.entry(0x88, "the broker is not available"),
          Map.entry(0x89, "the broker is busy"),
          Map.entry(0x8a, "the broker has banned us"),
          Map.entry(0x8b, "the broker shuts down"),
          Map.entry(0x8d, "the broker heard nothing of us for too long"),
          Map.entry(0x8e, "another client took over the session; give each its own client.id"),
          Map.entry(0x93, "the broker got more than it wants at a time"),
          Map.entry(0x95, "the broker finds a packet too large"),
          Map.entry(0x97, "the broker's quota is exceeded"),
          Map.entry(0x98, "the broker was told to end the connection"),
          Map.entry((int) MqttClientException.REASON_CODE_CLIENT_TIMEOUT, "no answer in time"),
          Map.entry((int) MqttClientException.REASON_CODE_WRITE_TIMEOUT, "the connection is stuck"),
          Map.entry(
              MqttClientException.REASON_CODE_INCOMING_PACKET_TOO_LARGE,
              "the broker sent a packet larger than we allow"));

  ConnectFailure(String message) {
    super(message);
  }

  ConnectFailure(Throwable cause) {
    super(describe(cause), cause);
  }

  /** Says in a few words what went wrong. */
  static String describe(Throwable failure) {
    List<Throwable> causes =
        Stream.iterate(failure, Objects::nonNull, Throwable::getCause).toList();
    for (Throwable cause : causes) {
      if (cause instanceof CertificateExpiredException) {
        return "the broker's certificate has expired (" + oneLine(cause) + "); renew it";
      }
      if (cause instanceof CertificateNotYetValidException) {
        return "the broker's certificate is not valid yet ("
            + oneLine(cause)
            + "); set this machine's clock, or wait";
      }
    }
    for (Throwable cause : causes) {
      if (cause instanceof CertificateException || isTrust(cause)) {
        return "the broker's certificate is not accepted: " + oneLine(cause);
      }
    }
    Throwable root = causes.getLast();
    if (root instanceof EOFException) {
      return "the broker closed the connection";
    }
    if (root instanceof SSLException) {
      return "TLS failed: " + oneLine(root);
    }
    if (root instanceof MqttException mqtt) {
      return describe(mqtt.getReasonCode(), oneLine(mqtt));
    }
    return root instanceof IllegalArgumentException || root instanceof TooLongException
        ? oneLine(root)
        : name(root);
  }

  /** Says what a reason code means. */
  static String describe(int code, String otherwise) {
    return CODES.getOrDefault(code, otherwise);
  }

  private static boolean isTrust(Throwable cause) {
    return String.valueOf(cause.getMessage()).contains("PKIX path");
  }

  private static String name(Throwable failure) {
    String type = failure.getClass().getSimpleName().replaceAll("Exception$", "");
    String words = type.replaceAll("([a-z])([A-Z])", "$1 $2").toLowerCase(Locale.ROOT);
    boolean says = failure.getMessage() != null && !failure.getMessage().equalsIgnoreCase(words);
    return says ? words + ": " + oneLine(failure) : words;
  }

  private static String oneLine(Throwable failure) {
    return String.valueOf(failure.getMessage()).replaceAll("\\p{Cntrl}+", " ").replace('"', '\'');
  }
}
