package org.ktsn.mqtt.session;

import java.util.Optional;

/**
 * A message that came.
 *
 * @param topic its topic
 * @param payload its octets; not to be changed
 * @param retained whether the broker had kept it
 * @param responseTopic where the sender wants its answer
 * @param correlation what the answer must carry; not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // handed on, never compared
public record Inbound(
    String topic,
    byte[] payload,
    boolean retained,
    Optional<String> responseTopic,
    Optional<byte[]> correlation) {}
