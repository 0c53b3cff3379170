package org.ktsn.mqtt.session;

import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/** Hears of a session. On the session's threads; must not block, and what it throws is logged. */
@ConsumerType
public interface SessionListener {
  /** Returns the topics to subscribe to. */
  List<String> subscriptions();

  /** The connection is there and the subscriptions are made. */
  void connected(Broker broker);

  /** The connection is gone, or an attempt has failed for another reason than the one before. */
  void disconnected(Broker broker, String reason, boolean wasConnected);

  /** A message has come. The broker sends the next ones after this returns. */
  void arrived(Inbound message);
}
