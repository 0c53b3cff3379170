package org.ktsn.cni;

import java.util.List;

/** What a runtime can ask for. */
enum CniCommand {
  ADD(CniVersion.V0_3_1),
  DEL(CniVersion.V0_3_1),
  CHECK(CniVersion.V0_4_0),
  GC(CniVersion.V1_1_0),
  STATUS(CniVersion.V1_1_0),
  VERSION(CniVersion.V0_3_1);

  private final CniVersion since;

  CniCommand(CniVersion since) {
    this.since = since;
  }

  /** The first version of the specification that has it. */
  CniVersion since() {
    return since;
  }

  /** The variables that must be set. */
  List<String> required() {
    return switch (this) {
      case ADD, CHECK -> List.of("CNI_CONTAINERID", "CNI_NETNS", "CNI_IFNAME");
      case DEL -> List.of("CNI_CONTAINERID", "CNI_IFNAME");
      case GC -> List.of("CNI_PATH");
      case STATUS, VERSION -> List.of();
    };
  }
}
