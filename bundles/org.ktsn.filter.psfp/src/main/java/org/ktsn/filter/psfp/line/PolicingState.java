package org.ktsn.filter.psfp.line;

import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.ktsn.api.filter.StatusTable;
import org.ktsn.filter.psfp.model.FlowMeter;
import org.ktsn.filter.psfp.model.GateControl;
import org.ktsn.filter.psfp.model.StreamFilter;
import org.ktsn.filter.psfp.yang.PolicingWriter;

/**
 * What has become of a plan's entries, for people and programs: as tables, and as the state of the
 * YANG models. Values may be a moment old.
 */
public final class PolicingState implements PolicingWriter.State {
  private static final String NONE = "-";
  private static final String ANY = "any";

  private final Plan plan;
  private final Map<Long, Gate> gates;
  private final Map<Long, Meter> meters;
  private final long nowNs;

  private PolicingState(Plan plan, Map<Long, Gate> gates, Map<Long, Meter> meters, long nowNs) {
    this.plan = plan;
    this.gates = gates;
    this.meters = meters;
    this.nowNs = nowNs;
  }

  /** For the planner thread. */
  static PolicingState here(Plan plan, long nowNs) {
    return new PolicingState(plan, plan.gates, plan.meters, nowNs);
  }

  /** For any other thread: gates and meters keep what they search for in themselves. */
  static PolicingState elsewhere(Plan plan, long nowNs) {
    Map<Long, Gate> gates = new TreeMap<>();
    plan.gates.forEach((id, gate) -> gates.put(id, gate.copy()));
    Map<Long, Meter> meters = new TreeMap<>();
    plan.meters.forEach((id, meter) -> meters.put(id, meter.copy()));
    return new PolicingState(plan, gates, meters, nowNs);
  }

  /** Returns the tables of {@code ktsn:filters}. */
  List<StatusTable> tables() {
    return List.of(filters(), gates(), meters());
  }

  private StatusTable filters() {
    List<List<Object>> rows = new ArrayList<>();
    for (Entry entry : plan.entries.values()) {
      StreamFilter filter = entry.parameters;
      Counts counts = entry.state.counts;
      rows.add(
          List.of(
              filter.id(),
              filter.streamHandle().isPresent()
                  ? Long.toString(filter.streamHandle().getAsLong())
                  : ANY,
              filter.priority().isPresent() ? Integer.toString(filter.priority().getAsInt()) : ANY,
              filter.gate(),
              filter.meter().isPresent() ? Long.toString(filter.meter().getAsLong()) : NONE,
              filter.maxSduOctets(),
              entry.state.blockedDueToOversizeFrame,
              counts.get(FilterState.MATCHING),
              counts.get(FilterState.PASSING_SDU),
              counts.get(FilterState.NOT_PASSING_SDU),
              counts.get(FilterState.PASSING),
              counts.get(FilterState.NOT_PASSING),
              counts.get(FilterState.RED)));
    }
    return new StatusTable(
        "stream_filters",
        List.of(
            "id",
            "stream",
            "priority",
            "gate",
            "meter",
            "max_sdu_octets",
            "blocked",
            "matching_frames",
            "passing_sdu",
            "not_passing_sdu",
            "passing_frames",
            "not_passing_frames",
            "red_frames"),
        rows);
  }

  private StatusTable gates() {
    List<List<Object>> rows = new ArrayList<>();
    gates.forEach(
        (id, gate) -> {
          long octetMax = gate.octetMax(nowNs);
          rows.add(
              List.of(
                  id,
                  PolicingWriter.gateState(gate.open(nowNs)),
                  gate.ipv(nowNs) == GateControl.NO_IPV ? NONE : Integer.toString(gate.ipv(nowNs)),
                  gate.parameters.control().gateEnable(),
                  gate.parameters.control().controlList().size(),
                  octetMax == GateControl.NO_OCTET_MAX ? NONE : Long.toString(octetMax),
                  gate.state.closedDueToInvalidRx,
                  gate.state.closedDueToOctetsExceeded,
                  gate.pendingNs(nowNs).map(String::valueOf).orElse(NONE)));
        });
    return new StatusTable(
        "stream_gates",
        List.of(
            "id",
            "state",
            "ipv",
            "enabled",
            "entries",
            "interval_octet_max",
            "closed_by_invalid_rx",
            "closed_by_octets",
            "config_change_time_ns"),
        rows);
  }

  private StatusTable meters() {
    List<List<Object>> rows = new ArrayList<>();
    meters.forEach(
        (id, meter) -> {
          FlowMeter parameters = meter.parameters;
          Counts counts = meter.state.counts;
          rows.add(
              List.of(
                  id,
                  parameters.committedRateBitsPerSecond(),
                  parameters.committedBurstOctets(),
                  meter.committedOctets(nowNs),
                  parameters.excessRateBitsPerSecond(),
                  parameters.excessBurstOctets(),
                  meter.excessOctets(nowNs),
                  counts.get(MeterState.GREEN),
                  counts.get(MeterState.YELLOW),
                  counts.get(MeterState.RED),
                  meter.state.allFramesRed));
        });
    return new StatusTable(
        "flow_meters",
        List.of(
            "id",
            "cir_bits_per_second",
            "cbs_octets",
            "committed_octets",
            "eir_bits_per_second",
            "ebs_octets",
            "excess_octets",
            "green_frames",
            "yellow_frames",
            "red_frames",
            "all_frames_red"),
        rows);
  }

  @Override
  public void filter(long id, JsonObject row) {
    FilterState state = plan.entries.get(id).state;
    row.addProperty("stream-blocked-due-to-oversize-frame", state.blockedDueToOversizeFrame);
    count(row, "matching-frames-count", state.counts, FilterState.MATCHING);
    count(row, "passing-frames-count", state.counts, FilterState.PASSING);
    count(row, "not-passing-frames-count", state.counts, FilterState.NOT_PASSING);
    count(row, "passing-sdu-count", state.counts, FilterState.PASSING_SDU);
    count(row, "not-passing-sdu-count", state.counts, FilterState.NOT_PASSING_SDU);
    count(row, "red-frames-count", state.counts, FilterState.RED);
  }

  @Override
  public void gate(long id, JsonObject row) {
    Gate gate = gates.get(id);
    row.addProperty("gate-closed-due-to-invalid-rx", gate.state.closedDueToInvalidRx);
    row.addProperty("gate-closed-due-octets-exceeded", gate.state.closedDueToOctetsExceeded);
    row.addProperty(
        "oper-gate-state", PolicingWriter.gateState(gate.latched() == null && gate.open(nowNs)));
    row.addProperty("oper-ipv", PolicingWriter.ipv(gate.ipv(nowNs)));
    Optional<Long> pendingNs = gate.pendingNs(nowNs);
    row.addProperty("config-pending", pendingNs.isPresent());
    pendingNs.ifPresent(at -> row.add("config-change-time", PolicingWriter.ptpTime(at)));
    row.addProperty("config-change-error", Long.toString(gate.schedule.configChangeErrors()));
  }

  @Override
  public void meter(long id, JsonObject row) {
    row.addProperty("mark-all-frames-red", meters.get(id).state.allFramesRed);
  }

  private static void count(JsonObject row, String name, Counts counts, int cell) {
    row.addProperty(name, Long.toString(counts.get(cell)));
  }
}
