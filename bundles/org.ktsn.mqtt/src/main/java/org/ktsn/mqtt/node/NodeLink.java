package org.ktsn.mqtt.node;

import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The node's link to its controller, for the parts of the node that have topics of their own on it.
 * There is one session for all; presence and last will are the node's. Any thread.
 */
@ProviderType
@FunctionalInterface
public interface NodeLink {
  /**
   * Returns what a part needs to speak over the link; nothing if no broker is configured.
   *
   * @param part the part's name
   */
  Optional<PartLink> link(String part);
}
