package org.ktsn.schedule;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

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

  private final List<Leaf> tables = new ArrayList<>();

  private TableFinder() {}

  /** Returns the table, or nothing and why. */
  static Optional<Leaf> find(Json root, Problems problems) {
    TableFinder finder = new TableFinder();
    Leaf document = new Leaf(root, "", problems);
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

  private void document(Leaf document) {
    Map<String, Json> members = document.members();
    if (members.keySet().stream().map(YangNames::local).anyMatch(GateTable::isMember)) {
      tables.add(document);
      return;
    }
    for (Map.Entry<String, Json> entry : members.entrySet()) {
      Leaf member = document.member(entry.getKey(), entry.getValue());
      if (entry.getKey().equals(YangNames.INTERFACES)) {
        interfaces(member);
      } else if (YangNames.local(entry.getKey()).equals(YangNames.TABLE)) {
        tables.add(member);
      } else {
        YangNames.unknown(member, entry.getKey());
      }
    }
  }

  private void interfaces(Leaf parent) {
    for (Map.Entry<String, Json> entry : parent.members().entrySet()) {
      Leaf member = parent.member(entry.getKey(), entry.getValue());
      if (!entry.getKey().equals("interface")) {
        YangNames.unknown(member, entry.getKey());
        continue;
      }
      List<Json> all = member.elements();
      for (int i = 0; i < all.size(); i++) {
        oneInterface(member.element(i, all.get(i)));
      }
    }
  }

  private void oneInterface(Leaf parent) {
    for (Map.Entry<String, Json> entry : parent.members().entrySet()) {
      String name = entry.getKey();
      Leaf member = parent.member(name, entry.getValue());
      if (name.equals(YangNames.BRIDGE_PORT)) {
        bridgePort(member);
      } else if (isTable(name, YangNames.END_STATION_MODULE)) {
        tables.add(member);
      } else if (isTable(name, YangNames.BRIDGE_MODULE)) {
        member.problem("stands in the wrong place; put it below " + YangNames.BRIDGE_PORT);
      } else if (YangNames.bare(name).equals(YangNames.TABLE)) {
        member.problem(
            "is of another module; write " + YangNames.END_STATION_MODULE + ":" + YangNames.TABLE);
      } else if (!INTERFACE_MEMBERS.contains(name)) {
        YangNames.unknown(member, name);
      }
    }
  }

  private void bridgePort(Leaf parent) {
    for (Map.Entry<String, Json> entry : parent.members().entrySet()) {
      Leaf member = parent.member(entry.getKey(), entry.getValue());
      String name = entry.getKey();
      if (isTable(name, YangNames.BRIDGE_MODULE)) {
        tables.add(member);
      } else if (YangNames.bare(name).equals(YangNames.TABLE)) {
        member.problem(
            "is of another module; write " + YangNames.BRIDGE_MODULE + ":" + YangNames.TABLE);
      } else if (name.contains(":")) {
        YangNames.unknown(member, name);
      } // a member without module is the bridge port's own: its VLAN, its type ...
    }
  }

  private static boolean isTable(String name, String module) {
    return name.equals(module + ":" + YangNames.TABLE);
  }
}
