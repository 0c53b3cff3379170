package org.ktsn.mqtt.session;

import java.util.List;
import java.util.Optional;

/**
 * How a session behaves.
 *
 * @param brokers one at least; the first that answers is used
 * @param clientId the session's name at the broker
 * @param credentials user and password
 * @param tls the files for TLS
 * @param keepAliveS seconds after which a silent connection is probed
 * @param connectTimeoutS seconds that each step of a connection may take
 * @param sessionExpiryS seconds for which the broker keeps subscriptions and messages while we are
 *     away
 * @param backoffMinMs milliseconds before the first new attempt
 * @param backoffMaxMs milliseconds between attempts in the end
 * @param maximumPacketOctets the largest packet that the broker may send
 * @param offlineLimit messages that wait at most for a connection
 * @param will what the broker publishes if we vanish
 * @param willDelayS seconds that it waits before
 */
public record SessionSettings(
    List<Broker> brokers,
    String clientId,
    Credentials credentials,
    TlsFiles tls,
    int keepAliveS,
    int connectTimeoutS,
    long sessionExpiryS,
    long backoffMinMs,
    long backoffMaxMs,
    long maximumPacketOctets,
    int offlineLimit,
    Optional<Outbound> will,
    long willDelayS) {
  private static final long MAX_UINT32 = 0xffff_ffffL;

  /** Copies the list and checks the ranges. */
  public SessionSettings {
    brokers = List.copyOf(brokers);
    if (brokers.isEmpty()) {
      throw new IllegalArgumentException("there is no broker; give one, mqtts://HOST:PORT");
    }
    check("keep.alive.s", keepAliveS, 1, 65_535);
    check("connect.timeout.s", connectTimeoutS, 1, 600);
    check("session.expiry.s", sessionExpiryS, 0, MAX_UINT32);
    check("backoff.min.ms", backoffMinMs, 1, 3_600_000);
    check("backoff.max.ms", backoffMaxMs, backoffMinMs, 3_600_000);
    check("offline.limit", offlineLimit, 1, 1_000_000);
    check("will.delay.s", willDelayS, 0, MAX_UINT32);
  }

  /** Returns the same with a last will. */
  public SessionSettings withWill(Outbound lastWill) {
    return new SessionSettings(
        brokers,
        clientId,
        credentials,
        tls,
        keepAliveS,
        connectTimeoutS,
        sessionExpiryS,
        backoffMinMs,
        backoffMaxMs,
        maximumPacketOctets,
        offlineLimit,
        Optional.of(lastWill),
        willDelayS);
  }

  private static void check(String name, long value, long min, long max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(name + " is " + value + "; give " + min + " to " + max);
    }
  }
}
