package org.ktsn.schedule;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ktsn.api.schedule.CycleTime;
import org.ktsn.api.schedule.GateControlEntry;
import org.ktsn.api.schedule.GateOperation;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.yang.GateTimes;
import org.ktsn.yang.Problems;
import org.ktsn.yang.YangNode;
import org.ktsn.yang.YangObject;

/**
 * Reads one {@code gate-parameter-table} (IEEE 802.1Qcw-2023). Goes on after a problem so that all
 * are found; what a device reports of its state ({@code oper-...}, {@code supported-...}) is passed
 * over.
 */
final class GateTable {
  private static final CycleTime UNUSED_CYCLE = CycleTime.ofNanoseconds(1_000_000);

  private static final Set<String> CONFIGURATION =
      Set.of(
          "queue-max-sdu-table",
          "gate-enabled",
          "admin-gate-states",
          "admin-control-list",
          "admin-cycle-time",
          "admin-cycle-time-extension",
          "admin-base-time",
          "config-change");

  private static final Set<String> STATE =
      Set.of(
          "oper-gate-states",
          "oper-control-list",
          "oper-cycle-time",
          "oper-cycle-time-extension",
          "oper-base-time",
          "config-change-time",
          "tick-granularity",
          "current-time",
          "config-pending",
          "config-change-error",
          "supported-list-max",
          "supported-cycle-max",
          "supported-interval-max");

  private static final Set<String> MEMBERS =
      Stream.of(CONFIGURATION, STATE).flatMap(Set::stream).collect(Collectors.toUnmodifiableSet());
  private static final Set<String> CONTROL_LIST = Set.of("gate-control-entry");
  private static final Set<String> CONTROL_ENTRY =
      Set.of("index", "operation-name", "gate-states-value", "time-interval-value");
  private static final Set<String> MAX_SDU_ROW =
      Set.of("traffic-class", "queue-max-sdu", "transmission-overrun");

  private final int trafficClasses;

  private GateTable(int trafficClasses) {
    this.trafficClasses = trafficClasses;
  }

  /** Tells whether a name without module is one of a table's members. */
  static boolean isMember(String name) {
    return MEMBERS.contains(name);
  }

  /**
   * Reads a table.
   *
   * @throws org.ktsn.api.schedule.ScheduleException with every problem
   */
  static GateParameters read(YangNode leaf, int trafficClasses, Problems problems) {
    GateTable reader = new GateTable(trafficClasses);
    YangObject table = YangNames.MODEL.read(leaf, CONFIGURATION, STATE);
    boolean enabled = table.optional("gate-enabled").flatMap(YangNode::bool).orElse(false);
    int adminGateStates =
        table.optional("admin-gate-states").stream()
            .flatMapToInt(member -> reader.gateStates(member).stream())
            .findFirst()
            .orElse(GateParameters.ALL_OPEN);
    List<GateControlEntry> controlList =
        table.optional("admin-control-list").map(reader::controlList).orElse(List.of());
    Optional<YangNode> cycle = table.optional("admin-cycle-time");
    if (cycle.isEmpty() && enabled && !controlList.isEmpty()) {
      leaf.problem("has no admin-cycle-time; give its numerator and denominator in seconds");
    }
    CycleTime cycleTime =
        cycle.flatMap(node -> GateTimes.cycleTime(YangNames.MODEL, node)).orElse(UNUSED_CYCLE);
    long extensionNs =
        table.optional("admin-cycle-time-extension").stream()
            .flatMapToLong(member -> member.number(0, YangObject.MAX_UINT32).stream())
            .findFirst()
            .orElse(0);
    long baseTimeNs =
        table
            .optional("admin-base-time")
            .map(node -> GateTimes.baseTimeNs(YangNames.MODEL, node))
            .orElse(0L);
    List<Integer> queueMaxSdu = reader.queueMaxSdu(table.optional("queue-max-sdu-table"));
    GateTimes.configChange(table);
    problems.throwIfAny();
    return new GateParameters(
        enabled, adminGateStates, controlList, cycleTime, extensionNs, baseTimeNs, queueMaxSdu);
  }

  private List<GateControlEntry> controlList(YangNode leaf) {
    TreeMap<Long, GateControlEntry> byIndex = new TreeMap<>();
    Set<Long> indexes = new HashSet<>();
    for (YangNode entry :
        YangNames.MODEL
            .read(leaf, CONTROL_LIST)
            .list("gate-control-entry", GateParameters.MAX_ENTRIES)) {
      controlEntry(entry, indexes, byIndex);
    }
    return List.copyOf(byIndex.values());
  }

  private void controlEntry(YangNode leaf, Set<Long> indexes, Map<Long, GateControlEntry> byIndex) {
    YangObject entry = YangNames.MODEL.read(leaf, CONTROL_ENTRY);
    OptionalLong index = required(entry, "index", YangObject.MAX_UINT32);
    Optional<GateOperation> operation =
        entry.required("operation-name").flatMap(GateTable::operation);
    OptionalInt states =
        entry.required("gate-states-value").map(this::gateStates).orElse(OptionalInt.empty());
    OptionalLong intervalNs = required(entry, "time-interval-value", YangObject.MAX_UINT32);
    if (index.isPresent() && !indexes.add(index.getAsLong())) {
      leaf.problem("has the index " + index.getAsLong() + " of an earlier entry; give it its own");
    } else if (index.isPresent()
        && operation.isPresent()
        && states.isPresent()
        && intervalNs.isPresent()) {
      byIndex.put(
          index.getAsLong(),
          new GateControlEntry(operation.get(), states.getAsInt(), intervalNs.getAsLong()));
    }
  }

  private static Optional<GateOperation> operation(YangNode leaf) {
    Optional<String> identity = leaf.string();
    if (identity.isEmpty()) {
      return Optional.empty();
    }
    for (GateOperation operation : GateOperation.values()) {
      if (identity.get().equals(operation.identity())
          || identity.get().equals(YangNames.SCHED_MODULE + ":" + operation.identity())) {
        return Optional.of(operation);
      }
    }
    leaf.problem(
        "is the unknown operation \""
            + Problems.shown(identity.get())
            + "\"; give "
            + YangNames.SCHED_MODULE
            + ":set-gate-states, set-and-hold-mac or set-and-release-mac");
    return Optional.empty();
  }

  /** Reads gate states; 255 is every gate, however many there are. */
  private OptionalInt gateStates(YangNode leaf) {
    OptionalLong number = leaf.number(0, 0xff);
    if (number.isEmpty()) {
      return OptionalInt.empty();
    }
    int states = (int) number.getAsLong();
    if (states >> trafficClasses != 0 && states != GateParameters.ALL_OPEN) {
      int highest = 31 - Integer.numberOfLeadingZeros(states);
      leaf.problem(
          "is "
              + states
              + ", which opens class "
              + highest
              + "; the port has the classes 0 to "
              + (trafficClasses - 1)
              + ": give "
              + (states & ((1 << trafficClasses) - 1)));
      return OptionalInt.empty();
    }
    return OptionalInt.of(states);
  }

  private List<Integer> queueMaxSdu(Optional<YangNode> leaf) {
    List<Integer> octets = new ArrayList<>(Collections.nCopies(8, 0));
    Set<Long> seen = new HashSet<>();
    for (YangNode node : leaf.map(YangNode::elements).orElse(List.of())) {
      YangObject row = YangNames.MODEL.read(node, MAX_SDU_ROW);
      OptionalLong trafficClass = required(row, "traffic-class", trafficClasses - 1);
      OptionalLong limit =
          row.optional("queue-max-sdu")
              .map(member -> member.number(0, GateParameters.MAX_SDU))
              .orElse(OptionalLong.of(0));
      if (trafficClass.isPresent() && !seen.add(trafficClass.getAsLong())) {
        node.problem("is a second row for class " + trafficClass.getAsLong() + "; keep one");
      } else if (trafficClass.isPresent() && limit.isPresent()) {
        octets.set((int) trafficClass.getAsLong(), (int) limit.getAsLong());
      }
    }
    return octets;
  }

  private static OptionalLong required(YangObject parent, String name, long max) {
    return parent.required(name).map(member -> member.number(0, max)).orElse(OptionalLong.empty());
  }
}
