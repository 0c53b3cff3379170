package org.ktsn.api.policing;

import org.osgi.annotation.versioning.ConsumerType;

/** Hears of each change of what the node polices. Register it as a service to be told. */
@ConsumerType
@FunctionalInterface
public interface PolicingObserver {
  /**
   * Another document is in force; {@link Policing#asked} has it. On the thread of who asked for it;
   * must not block, and what is thrown is logged and changes nothing.
   */
  void changed();
}
