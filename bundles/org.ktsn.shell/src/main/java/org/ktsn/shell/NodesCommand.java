package org.ktsn.shell;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.ktsn.api.overlay.OverlayAnnouncements.State;
import org.ktsn.api.overlay.OverlayNetwork;
import org.ktsn.api.overlay.OverlayService;
import org.ktsn.api.overlay.RemoteNode;
import org.ktsn.api.overlay.RemotePod;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/** {@code ktsn:nodes}: the other nodes of the pods' network, and their pods. */
@Component(
    service = Function.class,
    property = {
      "osgi.command.scope=ktsn",
      "osgi.command.function=nodes",
      "ktsn.usage=" + NodesCommand.USAGE,
      "ktsn.description=shows the other nodes of the pods' network and their pods"
    })
public final class NodesCommand implements Function {
  static final String USAGE = "nodes [--json]";
  private static final Syntax SYNTAX = new Syntax(USAGE);

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile OverlayService overlay;

  @Override
  public Object execute(CommandSession session, List<Object> arguments) {
    Arguments given = SYNTAX.read(arguments);
    OverlayService service = Service.need(overlay, "an overlay");
    List<RemoteNode> nodes = service.network().map(OverlayNetwork::nodes).orElse(List.of());
    Map<String, State> states = service.announced();
    return given.json() ? json(nodes, states) : text(nodes, states);
  }

  /** Returns a table for people. */
  static String text(List<RemoteNode> nodes, Map<String, State> states) {
    if (nodes.isEmpty()) {
      return "no other node is known\n";
    }
    Table table = new Table("NODE", "STATE", "TUNNEL", "POD", "MAC", "ADDRESSES");
    for (RemoteNode node : nodes) {
      String tunnel = node.tunnel().getHostAddress();
      String state = state(node, states);
      if (node.pods().isEmpty()) {
        table.row(node.name(), state, tunnel, "-", "-", "-");
      }
      for (RemotePod pod : node.pods()) {
        table.row(
            node.name(), state, tunnel, pod.name(), pod.mac(), String.join(",", addresses(pod)));
      }
    }
    return table.toString();
  }

  private static String json(List<RemoteNode> nodes, Map<String, State> states) {
    JsonArray array = new JsonArray();
    for (RemoteNode node : nodes) {
      JsonArray pods = new JsonArray();
      for (RemotePod pod : node.pods()) {
        JsonObject item = new JsonObject();
        item.addProperty("name", pod.name());
        item.addProperty("mac", pod.mac().toString());
        item.add("addresses", Json.array(addresses(pod)));
        pods.add(item);
      }
      JsonObject item = new JsonObject();
      item.addProperty("name", node.name());
      item.addProperty("state", state(node, states));
      item.addProperty("tunnel", node.tunnel().getHostAddress());
      item.add("pods", pods);
      array.add(item);
    }
    return Json.write(array);
  }

  /** Who announced itself and how it is now; a file says of the others. */
  private static String state(RemoteNode node, Map<String, State> states) {
    State state = states.get(node.name());
    return state == null ? "file" : state.name().toLowerCase(Locale.ROOT);
  }

  private static List<String> addresses(RemotePod pod) {
    return pod.addresses().stream().map(InetAddress::getHostAddress).toList();
  }
}
