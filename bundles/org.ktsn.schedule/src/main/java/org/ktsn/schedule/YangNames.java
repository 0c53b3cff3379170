package org.ktsn.schedule;

import java.util.List;
import java.util.Set;

/** Names of the YANG modules of IEEE 802.1Qcw-2023 and IEEE 802.1DC that carry gate parameters. */
final class YangNames {
  static final String INTERFACES = "ietf-interfaces:interfaces";
  static final String BRIDGE_PORT = "ieee802-dot1q-bridge:bridge-port";
  static final String BRIDGE_MODULE = "ieee802-dot1q-sched-bridge";
  static final String END_STATION_MODULE = "ieee802-dot1dc-sched-if";
  static final String SCHED_MODULE = "ieee802-dot1q-sched";
  static final String TABLE = "gate-parameter-table";

  private static final List<String> MODULES =
      List.of(BRIDGE_MODULE, END_STATION_MODULE, SCHED_MODULE);

  private static final Set<String> DRAFT =
      Set.of(
          "gate-parameters",
          "sgs-params",
          "shm-params",
          "srm-params",
          "admin-control-list-length",
          "oper-control-list-length",
          "fractional-seconds");

  private YangNames() {}

  /** Returns a member's name without its module, if that is one of the schedule's. */
  static String local(String member) {
    int colon = member.indexOf(':');
    return colon > 0 && MODULES.contains(member.substring(0, colon))
        ? member.substring(colon + 1)
        : member;
  }

  /**
   * Tells whether a member is no matter of the schedule's modules: another module's (RFC 7951
   * section 4: its name says so), or metadata of a node beside it (RFC 7952 section 5.2).
   */
  static boolean isForeign(String member) {
    int colon = member.indexOf(':');
    return member.startsWith("@") || (colon > 0 && !MODULES.contains(member.substring(0, colon)));
  }

  /** Returns a member's name without any module. */
  static String bare(String member) {
    return member.substring(member.indexOf(':') + 1);
  }

  /** Passes over what other modules and metadata say; reports anything else as out of place. */
  static void unknown(Leaf leaf, String member) {
    if (isForeign(member)) {
      return;
    }
    String name = bare(member);
    leaf.problem(
        DRAFT.contains(name)
            ? "belongs to the 2018 draft of the model; write the schedule as IEEE 802.1Qcw-2023"
                + " does: gate-parameter-table, gate-control-entry, base time in seconds and"
                + " nanoseconds"
            : "is not known here; remove it or correct its name");
  }
}
