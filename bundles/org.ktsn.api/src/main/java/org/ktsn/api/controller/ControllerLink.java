package org.ktsn.api.controller;

import org.osgi.annotation.versioning.ProviderType;

/** Shows how the link to the network's controller fares. Any thread; reading disturbs nothing. */
@ProviderType
@FunctionalInterface
public interface ControllerLink {
  /** Returns a snapshot. */
  ControllerStatus status();
}
