package org.ktsn.schedule;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ktsn.yang.YangModules;

/** Names of the YANG modules of IEEE 802.1Qcw-2023 and IEEE 802.1DC that carry gate parameters. */
final class YangNames {
  static final String INTERFACES = "ietf-interfaces:interfaces";
  static final String BRIDGE_PORT = "ieee802-dot1q-bridge:bridge-port";
  static final String BRIDGE_MODULE = "ieee802-dot1q-sched-bridge";
  static final String END_STATION_MODULE = "ieee802-dot1dc-sched-if";
  static final String SCHED_MODULE = "ieee802-dot1q-sched";
  static final String TABLE = "gate-parameter-table";

  private static final String OF_THE_DRAFT =
      "belongs to the 2018 draft of the model; write the schedule as IEEE 802.1Qcw-2023 does:"
          + " gate-parameter-table, gate-control-entry, base time in seconds and nanoseconds";

  /** The modules of this model. */
  static final YangModules MODEL =
      new YangModules(
          List.of(BRIDGE_MODULE, END_STATION_MODULE, SCHED_MODULE),
          Stream.of(
                  "gate-parameters",
                  "sgs-params",
                  "shm-params",
                  "srm-params",
                  "admin-control-list-length",
                  "oper-control-list-length",
                  "fractional-seconds")
              .collect(Collectors.toMap(name -> name, name -> OF_THE_DRAFT)));

  private YangNames() {}
}
