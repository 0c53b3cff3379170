package org.ktsn.mqtt.protocol;

import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/** What every desired message says of itself, whatever it asks for. */
@ProviderType
public interface Desired {
  /** The message's name; the same id is the same message. */
  String id();

  /** Orders messages: a higher one takes the place of a lower one. */
  long version();

  /** The node that it is for, {@code NETWORK/NODE}; a signed message must say so. */
  Optional<String> node();
}
