package org.ktsn.mqtt.node;

import com.google.gson.JsonObject;
import org.ktsn.mqtt.session.Inbound;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A part of a node that a controller can tell what it wants of it: it has a topic for desired
 * messages, one for its report, and one for questions. On the session's threads; must not block.
 */
@ConsumerType
public interface NodePart {
  /** Returns its name: the last level of its topics. */
  String name();

  /** There is a connection: what is retained of this part is to be said again. */
  void connected();

  /** A desired message has come. */
  void arrived(Inbound message);

  /** Returns what is in force. */
  JsonObject report();

  /** Returns the answer to the question whether a message would be accepted; nothing changes. */
  JsonObject judge(String desired);
}
