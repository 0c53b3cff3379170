package org.ktsn.mqtt.node;

import java.util.List;
import java.util.function.Function;
import org.ktsn.mqtt.protocol.Desired;
import org.ktsn.mqtt.protocol.Reading;
import org.osgi.annotation.versioning.ProviderType;

/** The link to the controller as one part of the node has it. Any thread. */
@ProviderType
public interface PartLink extends AutoCloseable {
  /** Returns who writes the part's answers. */
  AnswerWriter answers();

  /** Makes a judge of the part's messages, as strict as the node's configuration says. */
  <M extends Desired> Judge<M> judge(Function<String, Reading<M>> reader);

  /** Returns the most octets that a message of the node may have. */
  int payloadLimitOctets();

  /** Takes part from now on: the topics are subscribed to, and messages come. */
  void join(NodePart part);

  /**
   * Hears from now on what all nodes say on topics of theirs.
   *
   * @param topics topics with {@link org.ktsn.mqtt.protocol.Topics#EVERY_NODE} in the node's place
   */
  void hear(List<String> topics, NeighbourListener listener);

  /** Takes no part any more, and hears nothing. */
  @Override
  void close();
}
