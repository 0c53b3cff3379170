package org.ktsn.filter.psfp.yang;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.ktsn.api.policing.PolicingException;
import org.ktsn.api.policing.PolicingProblem;
import org.ktsn.filter.psfp.model.FlowMeter;
import org.ktsn.filter.psfp.model.PolicingParameters;
import org.ktsn.filter.psfp.model.StreamFilter;
import org.ktsn.filter.psfp.model.StreamGate;
import org.ktsn.filter.psfp.model.StreamIdentity;
import org.ktsn.yang.Problems;
import org.ktsn.yang.Problems.Problem;
import org.ktsn.yang.YangDocument;
import org.ktsn.yang.YangNode;
import org.ktsn.yang.YangObject;

/**
 * Reads a document: {@code stream-identity} (IEEE 802.1CBcv) and the three tables of one policer,
 * below a bridge's component (IEEE 802.1Qcw), below an end system (IEEE 802.1DC), or at the top.
 * Whatever the text, it gives parameters or throws a {@link PolicingException}. Any thread.
 */
public final class PolicingReader {
  /** The longest document in characters. */
  public static final int MAX_CHARACTERS = 1 << 22;

  private static final Set<String> TOP =
      Set.of(
          YangNames.STREAM_IDENTITY,
          YangNames.STREAM_FILTERS,
          YangNames.STREAM_GATES,
          YangNames.FLOW_METERS);
  private static final Set<String> BRIDGES = Set.of("bridge");
  private static final Set<String> BRIDGE = Set.of("component");
  private static final Set<String> FILTERS = Set.of("stream-filter-instance-table");
  private static final Set<String> FILTERS_STATE = Set.of("max-stream-filter-instances");
  private static final Set<String> GATES = Set.of("stream-gate-instance-table");
  private static final Set<String> GATES_STATE =
      Set.of(
          "max-stream-gate-instances",
          "supported-list-max",
          "supported-cycle-max",
          "supported-interval-max");
  private static final Set<String> METERS = Set.of("flow-meter-instance-table");
  private static final Set<String> METERS_STATE = Set.of("max-flow-meter-instances");

  private final Problems problems = new Problems(PolicingReader::refusal);
  private final TreeMap<Long, StreamIdentity> streams = new TreeMap<>();
  private final TreeMap<Long, StreamFilter> filters = new TreeMap<>();
  private final TreeMap<Long, StreamGate> gates = new TreeMap<>();
  private final TreeMap<Long, FlowMeter> meters = new TreeMap<>();

  /** Where each filter stands, for what is found out in the end. */
  private final Map<Long, YangNode> filterNodes = new TreeMap<>();

  private Optional<YangNode> policer = Optional.empty();

  private PolicingReader() {}

  /**
   * Reads a document.
   *
   * @throws PolicingException with every problem found
   */
  public static PolicingParameters read(String text) {
    PolicingReader reader = new PolicingReader();
    if (text.length() > MAX_CHARACTERS) {
      throw reader.problems.only(
          "the document has " + text.length() + " characters; give " + MAX_CHARACTERS + " at most");
    }
    String document = text.startsWith("\ufeff") ? text.substring(1) : text;
    if (document.isBlank()) {
      throw reader.problems.only("the document is empty; give JSON, {} to police nothing");
    }
    reader.document(YangDocument.read(document, reader.problems));
    reader.problems.throwIfAny();
    reader.references();
    reader.problems.throwIfAny();
    return new PolicingParameters(
        values(reader.streams),
        values(reader.filters),
        values(reader.gates),
        values(reader.meters));
  }

  private static PolicingException refusal(List<Problem> problems) {
    return new PolicingException(
        problems.stream()
            .map(problem -> new PolicingProblem(problem.pointer(), problem.message()))
            .toList());
  }

  private static <T> List<T> values(Map<Long, T> byId) {
    return List.copyOf(byId.values());
  }

  private void document(YangNode root) {
    YangObject top = YangNames.MODEL.read(root, TOP);
    for (YangNode node : top.list(YangNames.STREAM_IDENTITY, PolicingParameters.MAX_STREAMS)) {
      StreamReader.read(node).ifPresent(stream -> add(streams, stream.index(), stream, node));
    }
    if (top.members().keySet().stream().anyMatch(YangNames.TABLES::contains)) {
      tables(top);
    }
    Map<String, YangNode> members = root.isObject() ? root.members() : Map.of();
    Optional.ofNullable(members.get(YangNames.BRIDGES)).ifPresent(this::bridges);
    Optional.ofNullable(members.get(YangNames.SYSTEM))
        .map(node -> YangNames.MODEL.read(node, YangNames.TABLES, unknownTo(node)))
        .ifPresent(this::tablesIfAny);
  }

  private void bridges(YangNode node) {
    for (YangNode bridge : YangNames.MODEL.read(node, BRIDGES).list("bridge", 1024)) {
      for (YangNode component :
          YangNames.MODEL.read(bridge, BRIDGE, unknownTo(bridge)).list("component", 1024)) {
        tablesIfAny(YangNames.MODEL.read(component, YangNames.TABLES, unknownTo(component)));
      }
    }
  }

  /** What else a bridge, a component and a system have is no matter of policing. */
  private static Set<String> unknownTo(YangNode node) {
    Set<String> own = new HashSet<>();
    if (!node.isObject()) {
      return own;
    }
    node.members().keySet().stream().filter(name -> name.indexOf(':') < 0).forEach(own::add);
    return own;
  }

  private void tablesIfAny(YangObject parent) {
    if (!parent.members().isEmpty()) {
      tables(parent);
    }
  }

  private void tables(YangObject parent) {
    if (policer.isPresent()) {
      parent.node().problem("has policing tables as well; a document is for one policer");
      return;
    }
    policer = Optional.of(parent.node());
    for (YangNode node :
        rows(parent, YangNames.FLOW_METERS, METERS, METERS_STATE, PolicingParameters.MAX_METERS)) {
      FlowMeter meter = MeterReader.read(node);
      add(meters, meter.id(), meter, node);
    }
    for (YangNode node :
        rows(parent, YangNames.STREAM_GATES, GATES, GATES_STATE, PolicingParameters.MAX_GATES)) {
      StreamGate gate = GateReader.read(node);
      add(gates, gate.id(), gate, node);
    }
    for (YangNode node :
        rows(
            parent,
            YangNames.STREAM_FILTERS,
            FILTERS,
            FILTERS_STATE,
            PolicingParameters.MAX_FILTERS)) {
      StreamFilter filter = FilterReader.read(node);
      add(filters, filter.id(), filter, node);
      filterNodes.put(filter.id(), node);
    }
  }

  /** Returns the entries of one of the policer's tables: of its only list. */
  private static List<YangNode> rows(
      YangObject policer, String table, Set<String> list, Set<String> state, int max) {
    return policer
        .optional(table)
        .map(node -> YangNames.MODEL.read(node, list, state))
        .map(read -> read.list(list.iterator().next(), max))
        .orElse(List.of());
  }

  private static <T> void add(Map<Long, T> table, long id, T entry, YangNode node) {
    if (table.putIfAbsent(id, entry) != null) {
      node.problem("has the identifier " + id + " of an earlier entry; give it its own");
    }
  }

  private void references() {
    Set<Long> handles = new HashSet<>();
    streams.values().forEach(stream -> handles.add(stream.handle()));
    for (StreamFilter filter : filters.values()) {
      YangNode node = filterNodes.get(filter.id());
      if (filter.streamHandle().isPresent()) {
        refer(node, "stream-handle", filter.streamHandle().getAsLong(), handles);
      }
      refer(node, "stream-gate-ref", filter.gate(), gates.keySet());
      if (filter.meter().isPresent()) {
        refer(node, "flow-meter-ref", filter.meter().getAsLong(), meters.keySet());
      }
    }
  }

  private static void refer(YangNode node, String name, long id, Collection<Long> there) {
    if (there.contains(id)) {
      return;
    }
    List<Long> some = new ArrayList<>(there.stream().sorted().limit(10).toList());
    node.members().entrySet().stream()
        .filter(entry -> YangNames.MODEL.local(entry.getKey()).equals(name))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse(node)
        .problem(
            "is "
                + id
                + ", which the document does not have; "
                + (some.isEmpty()
                    ? "add it"
                    : "give one of "
                        + String.join(", ", some.stream().map(String::valueOf).toList())
                        + (there.size() > some.size() ? ", ..." : "")));
  }
}
