package org.ktsn.api.controller;

/** Shows how the link to the network's controller fares. Any thread; reading disturbs nothing. */
@FunctionalInterface
public interface ControllerLink {
  /** Returns a snapshot. */
  ControllerStatus status();
}
