package org.ktsn.schedule;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ktsn.yang.Problems;
import org.ktsn.yang.YangModules;
import org.ktsn.yang.YangNode;

/**
 * Finds the one gate parameter table of a document: below an interface's bridge port (IEEE
 * 802.1Qcw), below an interface (IEEE 802.1DC), as the document's only member, or as the document.
 */
final class TableFinder {
  /** What else an interface has that is no matter of its gates. */
  private static final Set<String> INTERFACE_MEMBERS =
      Set.of(
          "name",
          "type",
          "description",
          "enabled",
          "link-up-down-trap-enable",
          "admin-status",
          "oper-status",
          "last-change",
          "if-index",
          "phys-address",
          "higher-layer-if",
          "lower-layer-if",
          "speed",
          "statistics");

  private final List<YangNode> tables = new ArrayList<>();

  private TableFinder() {}

  /** Returns the table, or nothing and why. */
  static Optional<YangNode> find(YangNode document, Problems problems) {
    TableFinder finder = new TableFinder();
    finder.document(document);
    if (finder.tables.isEmpty() && problems.isEmpty()) {
      document.problem(
          "holds no gate-parameter-table; put it below "
              + YangNames.INTERFACES
              + "/interface/"
              + YangNames.BRIDGE_PORT);
    }
    for (int i = 1; i < finder.tables.size(); i++) {
      finder.tables.get(i).problem("is a second gate-parameter-table; a schedule is for one port");
    }
    return finder.tables.stream().findFirst();
  }

  private void document(YangNode document) {
    Map<String, YangNode> members = document.members();
    if (members.keySet().stream().map(YangNames.MODEL::local).anyMatch(GateTable::isMember)) {
      tables.add(document);
      return;
    }
    for (Map.Entry<String, YangNode> entry : members.entrySet()) {
      YangNode member = entry.getValue();
      if (entry.getKey().equals(YangNames.INTERFACES)) {
        interfaces(member);
      } else if (YangNames.MODEL.local(entry.getKey()).equals(YangNames.TABLE)) {
        tables.add(member);
      } else {
        YangNames.MODEL.unknown(member, entry.getKey());
      }
    }
  }

  private void interfaces(YangNode parent) {
    for (Map.Entry<String, YangNode> entry : parent.members().entrySet()) {
      YangNode member = entry.getValue();
      if (!entry.getKey().equals("interface")) {
        YangNames.MODEL.unknown(member, entry.getKey());
        continue;
      }
      member.elements().forEach(this::oneInterface);
    }
  }

  private void oneInterface(YangNode parent) {
    for (Map.Entry<String, YangNode> entry : parent.members().entrySet()) {
      String name = entry.getKey();
      YangNode member = entry.getValue();
      if (name.equals(YangNames.BRIDGE_PORT)) {
        bridgePort(member);
      } else if (isTable(name, YangNames.END_STATION_MODULE)) {
        tables.add(member);
      } else if (isTable(name, YangNames.BRIDGE_MODULE)) {
        member.problem("stands in the wrong place; put it below " + YangNames.BRIDGE_PORT);
      } else if (YangModules.bare(name).equals(YangNames.TABLE)) {
        member.problem(
            "is of another module; write " + YangNames.END_STATION_MODULE + ":" + YangNames.TABLE);
      } else if (!INTERFACE_MEMBERS.contains(name)) {
        YangNames.MODEL.unknown(member, name);
      }
    }
  }

  private void bridgePort(YangNode parent) {
    for (Map.Entry<String, YangNode> entry : parent.members().entrySet()) {
      YangNode member = entry.getValue();
      String name = entry.getKey();
      if (isTable(name, YangNames.BRIDGE_MODULE)) {
        tables.add(member);
      } else if (YangModules.bare(name).equals(YangNames.TABLE)) {
        member.problem(
            "is of another module; write " + YangNames.BRIDGE_MODULE + ":" + YangNames.TABLE);
      } else if (name.contains(":")) {
        YangNames.MODEL.unknown(member, name);
      } // a member without module is the bridge port's own: its VLAN, its type ...
    }
  }

  private static boolean isTable(String name, String module) {
    return name.equals(module + ":" + YangNames.TABLE);
  }
}
