package org.ktsn.filter.psfp.model;

import java.util.List;
import org.ktsn.api.policing.PolicingTables;

/**
 * What is asked for as a whole: the streams and the tables of IEEE 802.1Q-2022 12.31. Whoever makes
 * one has seen to it that identifiers are unique and that every reference leads somewhere.
 * Immutable.
 *
 * @param streams how frames are recognised, in the order of their index (IEEE 802.1CB-2017 9.1)
 * @param filters the stream filters, in the order of their identifiers: the first that fits counts
 * @param gates the stream gates, in the order of their identifiers
 * @param meters the flow meters, in the order of their identifiers
 */
public record PolicingParameters(
    List<StreamIdentity> streams,
    List<StreamFilter> filters,
    List<StreamGate> gates,
    List<FlowMeter> meters) {
  /** The most entries of the stream identity table. */
  public static final int MAX_STREAMS = 4096;

  /** The most stream filters ({@code max-stream-filter-instances}). */
  public static final int MAX_FILTERS = 1024;

  /** The most stream gates ({@code max-stream-gate-instances}). */
  public static final int MAX_GATES = 1024;

  /** The most flow meters ({@code max-flow-meter-instances}). */
  public static final int MAX_METERS = 1024;

  /** Nothing is policed. */
  public static final PolicingParameters NONE =
      new PolicingParameters(List.of(), List.of(), List.of(), List.of());

  /** Copies the lists. */
  public PolicingParameters {
    streams = List.copyOf(streams);
    filters = List.copyOf(filters);
    gates = List.copyOf(gates);
    meters = List.copyOf(meters);
  }

  /** Returns how much it holds. */
  public PolicingTables tables() {
    return new PolicingTables(streams.size(), filters.size(), gates.size(), meters.size());
  }
}
