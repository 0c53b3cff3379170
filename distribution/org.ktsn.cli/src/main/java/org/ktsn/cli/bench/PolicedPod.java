package org.ktsn.cli.bench;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

/** What a node is given to police one pod by a rate, as docs/police-streams.md describes it. */
final class PolicedPod {
  private static final String DOCUMENT =
      """
      {
        "stream-identity": [{ "index": 1, "handle": 1, "ktsn-psfp:pod": "POD" }],
        "stream-filters": {
          "stream-filter-instance-table": [
            {
              "stream-filter-instance-id": 1,
              "stream-handle": 1,
              "priority-spec": "wildcard",
              "max-sdu-size": 0,
              "stream-gate-ref": 1,
              "flow-meter-ref": 1,
              "flow-meter-enable": true
            }
          ]
        },
        "stream-gates": {
          "stream-gate-instance-table": [
            { "stream-gate-instance-id": 1, "admin-gate-states": "open" }
          ]
        },
        "flow-meters": {
          "flow-meter-instance-table": [
            {
              "flow-meter-instance-id": 1,
              "committed-information-rate": "RATE",
              "committed-burst-size": BURST,
              "excess-information-rate": "0",
              "excess-burst-size": 0,
              "coupling-flag": "zero",
              "color-mode": "color-blind",
              "drop-on-yellow": true
            }
          ]
        }
      }
      """;

  private PolicedPod() {}

  /**
   * Writes it.
   *
   * @param pod the pod's name
   * @param bitsPerSecond what it may send in the long run
   * @param burstOctets what it may send at once
   */
  static JsonObject document(String pod, long bitsPerSecond, int burstOctets) {
    return JsonParser.parseString(
            DOCUMENT
                .replace("POD", pod)
                .replace("RATE", Long.toString(bitsPerSecond))
                .replace("BURST", Integer.toString(burstOctets)))
        .getAsJsonObject();
  }
}
