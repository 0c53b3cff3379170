package org.ktsn.mqtt.node;

import org.ktsn.mqtt.session.Inbound;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Hears what the nodes of the network say of themselves, this one among them. On the session's
 * threads; must not block.
 */
@ConsumerType
public interface NeighbourListener {
  /** There is a connection; what the broker has kept comes next. */
  void connected();

  /** There is none any more. */
  void disconnected();

  /**
   * A message has come.
   *
   * @param node whose topic it is, a name that fits into a topic
   */
  void heard(String node, Inbound message);
}
