package org.ktsn.api.policing;

/**
 * How many entries each table of a policing document has (IEEE 802.1Q-2022 12.31).
 *
 * @param streams entries of the stream identity table
 * @param filters stream filters
 * @param gates stream gates
 * @param meters flow meters
 */
public record PolicingTables(int streams, int filters, int gates, int meters) {
  @Override
  public String toString() {
    return "streams: "
        + streams
        + ", filters: "
        + filters
        + ", gates: "
        + gates
        + ", meters: "
        + meters;
  }
}
