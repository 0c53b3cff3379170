package org.ktsn.shell;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.ktsn.api.binder.SwitchBinder;
import org.ktsn.api.binder.SwitchStatus;
import org.ktsn.api.binder.SwitchStatus.SwitchPort;
import org.ktsn.api.port.Port;
import org.ktsn.api.port.PortStatus;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/** {@code ktsn:ports}: KTSNd's egress ports and the ports of the bridge. */
@Component(
    service = Function.class,
    property = {
      "osgi.command.scope=ktsn",
      "osgi.command.function=ports",
      "ktsn.usage=" + PortsCommand.USAGE,
      "ktsn.description=shows the egress ports and the bridge's ports"
    })
public final class PortsCommand implements Function {
  static final String USAGE = "ports [--json]";
  private static final Syntax SYNTAX = new Syntax(USAGE);

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile SwitchBinder binder;

  private final List<Port> ports = new CopyOnWriteArrayList<>();

  @Reference(
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  void addPort(Port port) {
    ports.add(port);
  }

  void removePort(Port port) {
    ports.remove(port);
  }

  @Override
  public Object execute(CommandSession session, List<Object> arguments) {
    Arguments given = SYNTAX.read(arguments);
    SwitchBinder present = binder;
    if (present == null && ports.isEmpty()) {
      Service.need(null, "ports or a switch");
    }
    if (given.json()) {
      JsonObject answer = new JsonObject();
      JsonArray egress = new JsonArray();
      ports.forEach(port -> egress.add(json(port)));
      answer.add("ports", egress);
      if (present != null) {
        answer.add("switch", json(present.status(), present.droppedFrames()));
      }
      return Json.write(answer);
    }
    return egressTable() + "\n" + switchTable(present);
  }

  private String egressTable() {
    if (ports.isEmpty()) {
      return "no egress port is open; ktsn:health tells why\n";
    }
    Table table =
        new Table("PORT", "DEVICE", "LINK", "RATE bit/s", "OVERHEAD", "SENT", "OCTETS", "REFUSED");
    for (Port port : ports) {
      PortStatus status = port.status();
      table.row(
          port.name(),
          status.device(),
          upDown(status.linkUp()),
          port.model().rateBitsPerSecond(),
          port.model().overheadOctets(),
          status.sentFrames(),
          status.sentOctets(),
          status.failedFrames());
    }
    return table.toString();
  }

  private static String switchTable(SwitchBinder binder) {
    if (binder == null) {
      return "no switch is bound; ktsn:health tells why\n";
    }
    SwitchStatus status = binder.status();
    if (!status.connected()) {
      return "the switch of bridge " + status.bridge() + " does not answer\n";
    }
    Table table = new Table("SWITCH PORT", "TYPE", "NUMBER", "LINK", "PINNED", "DROPPED", "ERROR");
    Map<String, Long> dropped = binder.droppedFrames();
    for (SwitchPort port : status.ports()) {
      table.row(
          port.name(),
          port.type(),
          port.number(),
          upDown(port.linkUp()),
          String.join(",", port.pinned()),
          dropped.containsKey(port.name()) ? dropped.get(port.name()) : "-",
          port.error());
    }
    return "bridge " + status.bridge() + ", switch version " + status.version() + "\n" + table;
  }

  private static JsonObject json(Port port) {
    PortStatus status = port.status();
    JsonObject object = new JsonObject();
    object.addProperty("name", port.name());
    object.addProperty("device", status.device());
    object.addProperty("link_up", status.linkUp());
    object.addProperty("rate_bits_per_second", port.model().rateBitsPerSecond());
    object.addProperty("overhead_octets", port.model().overheadOctets());
    object.addProperty("sent_frames", status.sentFrames());
    object.addProperty("sent_octets", status.sentOctets());
    object.addProperty("failed_frames", status.failedFrames());
    return object;
  }

  private static JsonObject json(SwitchStatus status, Map<String, Long> dropped) {
    JsonObject object = new JsonObject();
    object.addProperty("connected", status.connected());
    object.addProperty("version", status.version());
    object.addProperty("bridge", status.bridge());
    JsonArray array = new JsonArray();
    for (SwitchPort port : status.ports()) {
      JsonObject entry = new JsonObject();
      entry.addProperty("name", port.name());
      entry.addProperty("type", port.type());
      entry.addProperty("number", port.number());
      entry.addProperty("link_up", port.linkUp());
      entry.addProperty("error", port.error());
      entry.add("pinned", Json.array(port.pinned()));
      if (dropped.containsKey(port.name())) {
        entry.addProperty("dropped_frames", dropped.get(port.name()));
      }
      array.add(entry);
    }
    object.add("ports", array);
    return object;
  }

  private static String upDown(boolean up) {
    return up ? "up" : "down";
  }
}
