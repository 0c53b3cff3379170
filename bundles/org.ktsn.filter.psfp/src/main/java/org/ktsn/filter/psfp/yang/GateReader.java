package org.ktsn.filter.psfp.yang;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.ktsn.api.schedule.CycleTime;
import org.ktsn.filter.psfp.model.GateControl;
import org.ktsn.filter.psfp.model.StreamGate;
import org.ktsn.yang.GateTimes;
import org.ktsn.yang.Problems;
import org.ktsn.yang.YangNode;
import org.ktsn.yang.YangObject;

/** Reads an entry of {@code stream-gate-instance-table} (IEEE 802.1Q-2022 12.31.3). */
final class GateReader {
  private static final CycleTime UNUSED_CYCLE = CycleTime.ofNanoseconds(1_000_000);

  private static final Set<String> MEMBERS =
      Set.of(
          "stream-gate-instance-id",
          "gate-enable",
          "admin-gate-states",
          "admin-ipv",
          "admin-control-list",
          "admin-cycle-time",
          "admin-cycle-time-extension",
          "admin-base-time",
          "config-change",
          "gate-closed-due-to-invalid-rx-enable",
          "gate-closed-due-to-invalid-rx",
          "gate-closed-due-octets-exceeded-enable",
          "gate-closed-due-octets-exceeded");
  private static final Set<String> STATE =
      Set.of(
          "oper-gate-state",
          "oper-ipv",
          "oper-control-list",
          "oper-cycle-time",
          "oper-cycle-time-extension",
          "oper-base-time",
          "config-change-time",
          "tick-granularity",
          "current-time",
          "config-pending",
          "config-change-error");
  private static final Set<String> CONTROL_LIST = Set.of("gate-control-entry");
  private static final Set<String> CONTROL_ENTRY =
      Set.of(
          "index",
          "operation-name",
          "gate-state-value",
          "ipv-spec",
          "time-interval-value",
          "interval-octet-max");

  private GateReader() {}

  static StreamGate read(YangNode node) {
    YangObject gate = YangNames.MODEL.read(node, MEMBERS, STATE);
    GateTimes.configChange(gate);
    return new StreamGate(
        gate.requiredNumber("stream-gate-instance-id", 0, YangObject.MAX_UINT32),
        control(gate),
        gate.boolOrFalse("gate-closed-due-to-invalid-rx-enable"),
        gate.bool("gate-closed-due-to-invalid-rx"),
        gate.boolOrFalse("gate-closed-due-octets-exceeded-enable"),
        gate.bool("gate-closed-due-octets-exceeded"));
  }

  private static GateControl control(YangObject gate) {
    boolean enabled = gate.boolOrFalse("gate-enable");
    List<GateControl.Entry> list =
        gate.optional("admin-control-list").map(GateReader::controlList).orElse(List.of());
    Optional<YangNode> cycle = gate.optional("admin-cycle-time");
    if (cycle.isEmpty() && enabled && !list.isEmpty()) {
      gate.node().problem("has no admin-cycle-time; give its numerator and denominator in seconds");
    }
    return new GateControl(
        enabled,
        gate.choice("admin-gate-states", YangNames.GATE_STATE, true),
        gate.choice("admin-ipv", YangNames.IPV_SPEC, GateControl.NO_IPV),
        list,
        cycle.flatMap(node -> GateTimes.cycleTime(YangNames.MODEL, node)).orElse(UNUSED_CYCLE),
        gate.number("admin-cycle-time-extension", 0, YangObject.MAX_UINT32).orElse(0),
        gate.optional("admin-base-time")
            .map(node -> GateTimes.baseTimeNs(YangNames.MODEL, node))
            .orElse(0L));
  }

  private static List<GateControl.Entry> controlList(YangNode node) {
    TreeMap<Long, GateControl.Entry> byIndex = new TreeMap<>();
    Set<Long> indexes = new HashSet<>();
    for (YangNode element :
        YangNames.MODEL
            .read(node, CONTROL_LIST)
            .list("gate-control-entry", GateControl.MAX_ENTRIES)) {
      YangObject entry = YangNames.MODEL.read(element, CONTROL_ENTRY);
      long index = entry.requiredNumber("index", 0, YangObject.MAX_UINT32);
      entry.required("operation-name").ifPresent(GateReader::operation);
      if (!indexes.add(index)) {
        element.problem("has the index " + index + " of an earlier entry; give it its own");
      }
      byIndex.put(
          index,
          new GateControl.Entry(
              entry.requiredChoice("gate-state-value", YangNames.GATE_STATE, true),
              entry.requiredChoice("ipv-spec", YangNames.IPV_SPEC, GateControl.NO_IPV),
              entry.requiredNumber("time-interval-value", 0, YangObject.MAX_UINT32),
              entry
                  .number("interval-octet-max", 0, YangObject.MAX_UINT32)
                  .orElse(GateControl.NO_OCTET_MAX)));
    }
    return List.copyOf(byIndex.values());
  }

  private static void operation(YangNode node) {
    Optional<String> name = node.string();
    if (name.isPresent() && !YangNames.MODEL.local(name.get()).equals(YangNames.SET_GATE_AND_IPV)) {
      node.problem(
          "is the unknown operation \""
              + Problems.shown(name.get())
              + "\"; give "
              + YangNames.PSFP_MODULE
              + ":"
              + YangNames.SET_GATE_AND_IPV);
    }
  }
}
