package org.ktsn.schedule.mqtt.node;

import java.util.Optional;
import org.ktsn.mqtt.protocol.Topics;
import org.ktsn.mqtt.session.Inbound;

/**
 * Where a message's sender wants its answers.
 *
 * @param topic the response topic; none if it named none, or one that is not the node's
 * @param correlation what the answers must carry
 */
record ReplyTo(Optional<String> topic, Optional<byte[]> correlation) {
  static final ReplyTo NOBODY = new ReplyTo(Optional.empty(), Optional.empty());

  static ReplyTo of(Inbound message, Topics topics) {
    return new ReplyTo(message.responseTopic().filter(topics::isResponse), message.correlation());
  }
}
