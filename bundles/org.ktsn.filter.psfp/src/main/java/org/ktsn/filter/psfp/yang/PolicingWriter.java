package org.ktsn.filter.psfp.yang;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.net.InetAddress;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.function.BiConsumer;
import org.ktsn.api.schedule.CycleTime;
import org.ktsn.filter.psfp.model.FlowMeter;
import org.ktsn.filter.psfp.model.GateControl;
import org.ktsn.filter.psfp.model.HeaderMatch;
import org.ktsn.filter.psfp.model.IpMatch;
import org.ktsn.filter.psfp.model.PolicingParameters;
import org.ktsn.filter.psfp.model.StreamFilter;
import org.ktsn.filter.psfp.model.StreamGate;
import org.ktsn.filter.psfp.model.StreamIdentity;
import org.ktsn.yang.YangObject;

/** Writes parameters as JSON that {@link PolicingReader} reads back to the same. Any thread. */
public final class PolicingWriter {
  private static final long NANOSECONDS_PER_SECOND = 1_000_000_000L;
  private static final HexFormat HEX = HexFormat.ofDelimiter("-");

  private PolicingWriter() {}

  /** Adds to each row what is known of the entry's state. */
  public interface State {
    /** Adds a stream filter's state. */
    void filter(long id, JsonObject row);

    /** Adds a stream gate's state. */
    void gate(long id, JsonObject row);

    /** Adds a flow meter's state. */
    void meter(long id, JsonObject row);
  }

  /** Writes what was asked for. */
  public static String write(PolicingParameters parameters) {
    return write(
        parameters,
        new State() {
          @Override
          public void filter(long id, JsonObject row) {}

          @Override
          public void gate(long id, JsonObject row) {}

          @Override
          public void meter(long id, JsonObject row) {}
        });
  }

  /** Writes what was asked for, and what has become of it. */
  public static String write(PolicingParameters parameters, State state) {
    JsonObject component = new JsonObject();
    component.addProperty("name", "ktsn");
    component.addProperty("type", "ieee802-dot1q-bridge:d-bridge-component");
    table(
        component,
        YangNames.STREAM_FILTERS,
        limit("max-stream-filter-instances", PolicingParameters.MAX_FILTERS),
        "stream-filter-instance-table",
        parameters.filters(),
        (filter, row) -> {
          filter(filter, row);
          state.filter(filter.id(), row);
        });
    table(
        component,
        YangNames.STREAM_GATES,
        gateLimits(),
        "stream-gate-instance-table",
        parameters.gates(),
        (gate, row) -> {
          gate(gate, row);
          state.gate(gate.id(), row);
        });
    table(
        component,
        YangNames.FLOW_METERS,
        limit("max-flow-meter-instances", PolicingParameters.MAX_METERS),
        "flow-meter-instance-table",
        parameters.meters(),
        (meter, row) -> {
          meter(meter, row);
          state.meter(meter.id(), row);
        });
    JsonObject document = new JsonObject();
    document.add(
        YangNames.STREAM_MODULE + ":" + YangNames.STREAM_IDENTITY,
        rows(parameters.streams(), PolicingWriter::stream));
    JsonObject bridge = new JsonObject();
    bridge.addProperty("name", "ktsn");
    bridge.addProperty("address", "00-00-00-00-00-00");
    bridge.addProperty("bridge-type", "ieee802-dot1q-bridge:customer-vlan-bridge");
    bridge.add("component", only(component));
    JsonObject bridges = new JsonObject();
    bridges.add("bridge", only(bridge));
    document.add(YangNames.BRIDGES, bridges);
    return new GsonBuilder()
            .setPrettyPrinting()
            .disableHtmlEscaping()
            .serializeNulls()
            .create()
            .toJson(document)
        + "\n";
  }

  private static <T> void table(
      JsonObject component,
      String name,
      JsonObject container,
      String list,
      List<T> entries,
      BiConsumer<T, JsonObject> writer) {
    container.add(list, rows(entries, writer));
    component.add(YangNames.BRIDGE_MODULE + ":" + name, container);
  }

  private static JsonObject gateLimits() {
    JsonObject limits = limit("max-stream-gate-instances", PolicingParameters.MAX_GATES);
    limits.addProperty("supported-list-max", GateControl.MAX_ENTRIES);
    JsonObject cycle = new JsonObject();
    cycle.addProperty("numerator", CycleTime.MAX_NANOSECONDS / NANOSECONDS_PER_SECOND);
    cycle.addProperty("denominator", 1);
    limits.add("supported-cycle-max", cycle);
    limits.addProperty("supported-interval-max", YangObject.MAX_UINT32);
    return limits;
  }

  private static JsonObject limit(String name, int most) {
    JsonObject limits = new JsonObject();
    limits.addProperty(name, most);
    return limits;
  }

  private static <T> JsonArray rows(List<T> entries, BiConsumer<T, JsonObject> writer) {
    JsonArray rows = new JsonArray();
    for (T entry : entries) {
      JsonObject row = new JsonObject();
      writer.accept(entry, row);
      rows.add(row);
    }
    return rows;
  }

  private static JsonArray only(JsonObject element) {
    JsonArray array = new JsonArray();
    array.add(element);
    return array;
  }

  private static void stream(StreamIdentity stream, JsonObject row) {
    row.addProperty("index", stream.index());
    row.addProperty("handle", stream.handle());
    stream.pod().ifPresent(pod -> row.addProperty(YangNames.KTSN_MODULE + ":pod", pod));
    number(row, YangNames.KTSN_MODULE + ":traffic-class", stream.trafficClass());
    HeaderMatch header = stream.header();
    if (header.method() == HeaderMatch.Method.NONE) {
      return;
    }
    JsonObject method = new JsonObject();
    header.destinationMac().ifPresent(mac -> method.addProperty("destination-mac", mac(mac)));
    header.sourceMac().ifPresent(mac -> method.addProperty("source-mac", mac(mac)));
    method.addProperty("tagged", header.tagged().name().toLowerCase(Locale.ROOT));
    number(method, "vlan", header.vlan());
    header.ip().ifPresent(ip -> ip(ip, method));
    row.add(header.method().container(), method);
  }

  private static void ip(IpMatch ip, JsonObject method) {
    ip.source().map(InetAddress::getHostAddress).ifPresent(a -> method.addProperty("ip-source", a));
    ip.destination()
        .map(InetAddress::getHostAddress)
        .ifPresent(a -> method.addProperty("ip-destination", a));
    number(method, "dscp", ip.dscp());
    method.addProperty(
        "next-protocol", YangNames.name(StreamReader.PROTOCOLS, ip.nextProtocol().orElse(-1)));
    number(method, "source-port", ip.sourcePort());
    number(method, "destination-port", ip.destinationPort());
  }

  private static void filter(StreamFilter filter, JsonObject row) {
    row.addProperty("stream-filter-instance-id", filter.id());
    if (filter.streamHandle().isPresent()) {
      row.addProperty("stream-handle", filter.streamHandle().getAsLong());
    } else {
      JsonArray empty = new JsonArray();
      empty.add(JsonNull.INSTANCE);
      row.add(YangNames.WILDCARD, empty);
    }
    row.addProperty(
        "priority-spec", YangNames.name(YangNames.PRIORITY_SPEC, filter.priority().orElse(-1)));
    row.addProperty("max-sdu-size", filter.maxSduOctets());
    row.addProperty(
        "stream-blocked-due-to-oversize-frame-enabled", filter.blockedDueToOversizeFrameEnabled());
    filter
        .blockedDueToOversizeFrame()
        .ifPresent(truth -> row.addProperty("stream-blocked-due-to-oversize-frame", truth));
    row.addProperty("stream-gate-ref", filter.gate());
    if (filter.meter().isPresent()) {
      row.addProperty("flow-meter-ref", filter.meter().getAsLong());
    }
    row.addProperty("flow-meter-enable", filter.meter().isPresent());
  }

  private static void gate(StreamGate gate, JsonObject row) {
    GateControl control = gate.control();
    row.addProperty("stream-gate-instance-id", gate.id());
    row.addProperty("gate-enable", control.gateEnable());
    row.addProperty("admin-gate-states", YangNames.name(YangNames.GATE_STATE, control.adminOpen()));
    row.addProperty("admin-ipv", YangNames.name(YangNames.IPV_SPEC, control.adminIpv()));
    JsonObject list = new JsonObject();
    list.add("gate-control-entry", rows(control.controlList(), PolicingWriter::entry));
    for (int i = 0; i < control.controlList().size(); i++) {
      list.getAsJsonArray("gate-control-entry").get(i).getAsJsonObject().addProperty("index", i);
    }
    row.add("admin-control-list", list);
    JsonObject cycle = new JsonObject();
    cycle.addProperty("numerator", control.cycleTime().numerator());
    cycle.addProperty("denominator", control.cycleTime().denominator());
    row.add("admin-cycle-time", cycle);
    row.addProperty("admin-cycle-time-extension", control.cycleTimeExtensionNs());
    row.add("admin-base-time", ptpTime(control.baseTimeNs()));
    row.addProperty("gate-closed-due-to-invalid-rx-enable", gate.closedDueToInvalidRxEnable());
    gate.closedDueToInvalidRx()
        .ifPresent(truth -> row.addProperty("gate-closed-due-to-invalid-rx", truth));
    row.addProperty(
        "gate-closed-due-octets-exceeded-enable", gate.closedDueToOctetsExceededEnable());
    gate.closedDueToOctetsExceeded()
        .ifPresent(truth -> row.addProperty("gate-closed-due-octets-exceeded", truth));
  }

  private static void entry(GateControl.Entry entry, JsonObject row) {
    row.addProperty("index", 0);
    row.addProperty("operation-name", YangNames.PSFP_MODULE + ":" + YangNames.SET_GATE_AND_IPV);
    row.addProperty("gate-state-value", YangNames.name(YangNames.GATE_STATE, entry.open()));
    row.addProperty("ipv-spec", YangNames.name(YangNames.IPV_SPEC, entry.ipv()));
    row.addProperty("time-interval-value", entry.timeIntervalNs());
    if (entry.octetMax() != GateControl.NO_OCTET_MAX) {
      row.addProperty("interval-octet-max", entry.octetMax());
    }
  }

  private static void meter(FlowMeter meter, JsonObject row) {
    row.addProperty("flow-meter-instance-id", meter.id());
    row.addProperty(
        "committed-information-rate", Long.toString(meter.committedRateBitsPerSecond()));
    row.addProperty("committed-burst-size", meter.committedBurstOctets());
    row.addProperty("excess-information-rate", Long.toString(meter.excessRateBitsPerSecond()));
    row.addProperty("excess-burst-size", meter.excessBurstOctets());
    row.addProperty("coupling-flag", YangNames.name(YangNames.COUPLING_FLAG, meter.coupled()));
    row.addProperty("color-mode", YangNames.name(YangNames.COLOR_MODE, meter.colorAware()));
    row.addProperty("drop-on-yellow", meter.dropOnYellow());
    row.addProperty("mark-all-frames-red-enable", meter.markAllFramesRedEnable());
    meter.markAllFramesRed().ifPresent(truth -> row.addProperty("mark-all-frames-red", truth));
  }

  /** Writes an instant as the models do. */
  public static JsonObject ptpTime(long ns) {
    JsonObject time = new JsonObject();
    time.addProperty("seconds", Long.toString(ns / NANOSECONDS_PER_SECOND));
    time.addProperty("nanoseconds", ns % NANOSECONDS_PER_SECOND);
    return time;
  }

  /** Returns a gate's state in the models' word. */
  public static String gateState(boolean open) {
    return YangNames.name(YangNames.GATE_STATE, open);
  }

  /** Returns an internal priority value in the models' word. */
  public static String ipv(int ipv) {
    return YangNames.name(YangNames.IPV_SPEC, ipv);
  }

  private static void number(JsonObject row, String name, OptionalInt value) {
    if (value.isPresent()) {
      row.addProperty(name, value.getAsInt());
    }
  }

  private static String mac(long address) {
    byte[] octets = new byte[6];
    for (int i = 0; i < octets.length; i++) {
      octets[i] = (byte) (address >> (8 * (5 - i)));
    }
    return HEX.formatHex(octets);
  }
}
