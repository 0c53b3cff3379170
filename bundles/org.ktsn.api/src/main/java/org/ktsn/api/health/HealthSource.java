package org.ktsn.api.health;

import java.util.List;

/** Knows of troubles. Offered as a service; {@code ktsn:health} asks all of them. */
public interface HealthSource {
  /** Returns what is not as it should be at present. Any thread; must not wait. */
  List<Trouble> troubles();
}
