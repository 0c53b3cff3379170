package org.ktsn.clock.ptp;

import java.util.Optional;

/** The management identifiers that the monitor uses, with the size of their data. */
enum ManagementId {
  DEFAULT_DATA_SET(0x2000, 20),
  CURRENT_DATA_SET(0x2001, 18),
  PARENT_DATA_SET(0x2002, 32),
  TIME_PROPERTIES_DATA_SET(0x2003, 4),
  PORT_DATA_SET(0x2004, 26),
  TIME_STATUS_NP(0xc000, 50),
  SUBSCRIBE_EVENTS_NP(0xc003, 66);

  private final int value;
  private final int octets;

  ManagementId(int value, int octets) {
    this.value = value;
    this.octets = octets;
  }

  int value() {
    return value;
  }

  int octets() {
    return octets;
  }

  static Optional<ManagementId> of(int value) {
    for (ManagementId id : values()) {
      if (id.value == value) {
        return Optional.of(id);
      }
    }
    return Optional.empty();
  }
}
