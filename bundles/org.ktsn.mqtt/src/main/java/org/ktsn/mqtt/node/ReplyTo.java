package org.ktsn.mqtt.node;

import java.util.Optional;
import org.ktsn.mqtt.protocol.Topics;
import org.ktsn.mqtt.session.Inbound;

/**
 * Where a message's sender wants its answers.
 *
 * @param topic the response topic; none if it named none, or one that is not the node's
 * @param correlation what the answers must carry
 */
public record ReplyTo(Optional<String> topic, Optional<byte[]> correlation) {
  /** Nobody asked. */
  public static final ReplyTo NOBODY = new ReplyTo(Optional.empty(), Optional.empty());

  /** Returns where a message to the node of these topics wants its answers. */
  public static ReplyTo of(Inbound message, Topics topics) {
    return new ReplyTo(message.responseTopic().filter(topics::isResponse), message.correlation());
  }
}
