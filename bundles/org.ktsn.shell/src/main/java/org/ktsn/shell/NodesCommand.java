package org.ktsn.shell;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.net.InetAddress;
import java.util.List;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
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
    List<RemoteNode> nodes =
        Service.need(overlay, "an overlay").network().map(OverlayNetwork::nodes).orElse(List.of());
    return given.json() ? json(nodes) : text(nodes);
  }

  /** Returns a table for people. */
  static String text(List<RemoteNode> nodes) {
    if (nodes.isEmpty()) {
      return "no other node is known\n";
    }
    Table table = new Table("NODE", "TUNNEL", "POD", "MAC", "ADDRESSES");
    for (RemoteNode node : nodes) {
      String tunnel = node.tunnel().getHostAddress();
      if (node.pods().isEmpty()) {
        table.row(node.name(), tunnel, "-", "-", "-");
      }
      for (RemotePod pod : node.pods()) {
        table.row(node.name(), tunnel, pod.name(), pod.mac(), String.join(",", addresses(pod)));
      }
    }
    return table.toString();
  }

  private static String json(List<RemoteNode> nodes) {
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
      item.addProperty("tunnel", node.tunnel().getHostAddress());
      item.add("pods", pods);
      array.add(item);
    }
    return Json.write(array);
  }

  private static List<String> addresses(RemotePod pod) {
    return pod.addresses().stream().map(InetAddress::getHostAddress).toList();
  }
}
