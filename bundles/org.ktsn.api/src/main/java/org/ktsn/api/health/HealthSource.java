package org.ktsn.api.health;

import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/** Knows of troubles. Offered as a service; {@code ktsn:health} asks all of them. */
@ConsumerType
public interface HealthSource {
  /** Returns what is not as it should be at present. Any thread; must not wait. */
  List<Trouble> troubles();
}
