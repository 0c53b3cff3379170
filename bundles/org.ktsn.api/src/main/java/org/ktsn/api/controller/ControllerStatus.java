package org.ktsn.api.controller;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A snapshot of the link to the controller, for people and metrics.
 *
 * @param state whether there is a connection
 * @param network the network's name
 * @param node the node's name in it
 * @param broker the broker that is connected, or was last tried; empty if none is configured
 * @param sinceNs the instant of the last change of {@code state}, in TAI nanoseconds
 * @param problem why there is no connection; empty while there is one
 * @param schedule the last schedule that the controller asked for and that was accepted
 * @param counters what happened since the start, by name ({@code received}, {@code accepted}, ...)
 */
public record ControllerStatus(
    State state,
    String network,
    String node,
    String broker,
    long sinceNs,
    String problem,
    Optional<AskedSchedule> schedule,
    Map<String, Long> counters) {

  /** Whether there is a connection. */
  public enum State {
    /** No broker is configured. */
    OFF,
    /** There is none; it is tried again and again. */
    CONNECTING,
    /** There is one, and the subscriptions are made. */
    CONNECTED
  }

  /**
   * A schedule of the controller.
   *
   * @param id its id
   * @param version its version
   * @param state {@code accepted}, {@code operational} or {@code superseded}
   * @param configChangeTimeNs when it takes or took effect, in TAI nanoseconds
   */
  public record AskedSchedule(
      String id, long version, String state, OptionalLong configChangeTimeNs) {}

  /** Copies the counters. */
  public ControllerStatus {
    counters = Map.copyOf(counters);
  }
}
