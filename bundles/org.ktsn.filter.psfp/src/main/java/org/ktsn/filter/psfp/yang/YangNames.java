package org.ktsn.filter.psfp.yang;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.ktsn.filter.psfp.model.GateControl;
import org.ktsn.yang.YangModules;

/**
 * Names of the YANG modules that carry stream identification (IEEE 802.1CBcv) and policing (IEEE
 * 802.1Qcw-2023, IEEE 802.1Qcr, IEEE 802.1DC), and KTSN's own.
 */
final class YangNames {
  static final String STREAM_MODULE = "ieee802-dot1cb-stream-identification";
  static final String PSFP_MODULE = "ieee802-dot1q-psfp";
  static final String BRIDGE_MODULE = "ieee802-dot1q-psfp-bridge";

  /** What the standards have no name for: the pod that sends. */
  static final String KTSN_MODULE = "ktsn-psfp";

  static final String BRIDGES = "ieee802-dot1q-bridge:bridges";
  static final String SYSTEM = "ietf-system:system";
  static final String STREAM_IDENTITY = "stream-identity";
  static final String STREAM_FILTERS = "stream-filters";
  static final String STREAM_GATES = "stream-gates";
  static final String FLOW_METERS = "flow-meters";
  static final Set<String> TABLES = Set.of(STREAM_FILTERS, STREAM_GATES, FLOW_METERS);

  /** The operation of a stream gate control list. */
  static final String SET_GATE_AND_IPV = "set-gate-and-ipv";

  /** The name of {@code priority-spec}'s wildcard. */
  static final String WILDCARD = "wildcard";

  /** The modules of this model. */
  static final YangModules MODEL =
      new YangModules(
          List.of(
              STREAM_MODULE,
              PSFP_MODULE,
              BRIDGE_MODULE,
              "ieee802-dot1dc-psfp-sys",
              "ieee802-dot1q-stream-filters-gates",
              "ieee802-dot1q-stream-filters-gates-bridge",
              KTSN_MODULE));

  private static final List<String> DIGITS =
      List.of("zero", "one", "two", "three", "four", "five", "six", "seven");

  /** A priority, or -1 for any. */
  static final Map<String, Integer> PRIORITY_SPEC = digitsAnd(WILDCARD, -1);

  /** An internal priority value. */
  static final Map<String, Integer> IPV_SPEC = digitsAnd("null", GateControl.NO_IPV);

  /** Whether a gate is open. */
  static final Map<String, Boolean> GATE_STATE = ordered("open", true, "closed", false);

  /** Whether a meter's buckets are coupled. */
  static final Map<String, Boolean> COUPLING_FLAG = ordered("zero", false, "one", true);

  /** Whether a meter sees a frame's colour. */
  static final Map<String, Boolean> COLOR_MODE = ordered("color-blind", false, "color-aware", true);

  private YangNames() {}

  /** Returns the name of a value. */
  static <T> String name(Map<String, T> names, T value) {
    return names.entrySet().stream()
        .filter(entry -> entry.getValue().equals(value))
        .map(Map.Entry::getKey)
        .findFirst()
        .orElseThrow();
  }

  private static Map<String, Integer> digitsAnd(String other, int value) {
    Map<String, Integer> map = new LinkedHashMap<>();
    DIGITS.forEach(name -> map.put(name, map.size()));
    map.put(other, value);
    return map;
  }

  private static Map<String, Boolean> ordered(
      String first, boolean one, String second, boolean two) {
    Map<String, Boolean> map = new LinkedHashMap<>();
    map.put(first, one);
    map.put(second, two);
    return map;
  }
}
