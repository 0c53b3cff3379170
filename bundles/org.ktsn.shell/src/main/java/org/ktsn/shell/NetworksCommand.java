package org.ktsn.shell;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Optional;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.ktsn.api.overlay.OverlayNetwork;
import org.ktsn.api.overlay.OverlayService;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/** {@code ktsn:networks}: the pods' network beyond this node, with its nodes. */
@Component(
    service = Function.class,
    property = {
      "osgi.command.scope=ktsn",
      "osgi.command.function=networks",
      "ktsn.usage=" + NetworksCommand.USAGE,
      "ktsn.description=shows the pods' network beyond this node, and what of it is refused"
    })
public final class NetworksCommand implements Function {
  static final String USAGE = "networks [--json]";
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
    Optional<OverlayNetwork> network = service.network();
    List<String> refusals = service.refusals();
    return given.json() ? json(network, refusals) : text(service, refusals);
  }

  private static String text(OverlayService service, List<String> refusals) {
    Optional<OverlayNetwork> network = service.network();
    StringBuilder text = new StringBuilder();
    if (network.isPresent()) {
      OverlayNetwork of = network.get();
      Table table =
          new Table("NETWORK", "VNI", "TUNNEL", "NODES", "PODS", "UNDERLAY MTU", "POD MTU");
      table.row(
          of.name(),
          of.vni(),
          of.tunnel().getHostAddress(),
          of.nodes().size(),
          pods(of),
          of.underlayMtuOctets(),
          of.podMtuOctets());
      text.append(table).append('\n').append(NodesCommand.text(of.nodes(), service.announced()));
    } else {
      text.append("the pods' network ends at this node; etc/*.overlay would say of others\n");
    }
    refusals.forEach(sentence -> text.append("refused: ").append(sentence).append('\n'));
    return text.toString();
  }

  private static String json(Optional<OverlayNetwork> network, List<String> refusals) {
    JsonArray networks = new JsonArray();
    network.ifPresent(
        of -> {
          JsonObject item = new JsonObject();
          item.addProperty("name", of.name());
          item.addProperty("vni", of.vni());
          item.addProperty("tunnel", of.tunnel().getHostAddress());
          item.addProperty("nodes", of.nodes().size());
          item.addProperty("pods", pods(of));
          item.addProperty("underlay_mtu_octets", of.underlayMtuOctets());
          item.addProperty("pod_mtu_octets", of.podMtuOctets());
          item.addProperty("encapsulation_octets", of.encapsulationOctets());
          networks.add(item);
        });
    JsonObject answer = new JsonObject();
    answer.add("networks", networks);
    answer.add("refusals", Json.array(refusals));
    return Json.write(answer);
  }

  private static int pods(OverlayNetwork network) {
    return network.nodes().stream().mapToInt(node -> node.pods().size()).sum();
  }
}
