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
record Asker(Optional<String> topic, Optional<byte[]> correlation) {
  static final Asker NOBODY = new Asker(Optional.empty(), Optional.empty());

  static Asker of(Inbound message, Topics topics) {
    return new Asker(message.responseTopic().filter(topics::isResponse), message.correlation());
  }
}
