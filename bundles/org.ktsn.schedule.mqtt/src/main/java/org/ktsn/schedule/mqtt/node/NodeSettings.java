package org.ktsn.schedule.mqtt.node;

import java.security.PublicKey;
import java.util.List;
import org.ktsn.mqtt.protocol.Topics;
import org.ktsn.mqtt.session.SessionSettings;

/**
 * How a node behaves towards its controller.
 *
 * @param topics its topics
 * @param session its session; the agent adds the last will
 * @param payloadLimitOctets the longest message that it takes
 * @param signers whose signature a schedule needs; empty: none
 * @param minChangeIntervalMs milliseconds between two changes of the port
 * @param statisticsIntervalS seconds between two samples, 0 for none
 */
public record NodeSettings(
    Topics topics,
    SessionSettings session,
    int payloadLimitOctets,
    List<PublicKey> signers,
    long minChangeIntervalMs,
    int statisticsIntervalS) {
  /** What a packet may have beside its payload. */
  public static final int PACKET_OVERHEAD_OCTETS = 65_536;

  /** Checks the ranges. */
  public NodeSettings {
    signers = List.copyOf(signers);
    check("payload.limit.octets", payloadLimitOctets, 1, 1 << 20);
    check("min.change.interval.ms", minChangeIntervalMs, 0, 60_000);
    check("statistics.interval.s", statisticsIntervalS, 0, 86_400);
  }

  private static void check(String name, long value, long min, long max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(name + " is " + value + "; give " + min + " to " + max);
    }
  }
}
