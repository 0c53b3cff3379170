package org.ktsn.shell;

import com.google.gson.JsonObject;
import java.util.List;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.ktsn.api.overlay.OverlayNetwork;
import org.ktsn.api.overlay.OverlayService;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/** {@code ktsn:net-add}: has the pods' network go on beyond the node. */
@Component(
    service = Function.class,
    property = {
      "osgi.command.scope=ktsn",
      "osgi.command.function=net-add",
      "ktsn.usage=" + NetAddCommand.USAGE,
      "ktsn.description=has the pods' network go on beyond this node"
    })
public final class NetAddCommand implements Function {
  static final String USAGE = "net-add NAME VNI TUNNEL [--underlay-mtu OCTETS] [--announcements]";
  private static final Syntax SYNTAX = new Syntax(USAGE);
  private static final int MAX_NUMBER = 999_999_999;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile OverlayService overlay;

  @Override
  public Object execute(CommandSession session, List<Object> arguments) {
    Arguments given = SYNTAX.read(arguments);
    JsonObject description = new JsonObject();
    description.addProperty("network", given.operand(0));
    description.addProperty(
        "vni", Arguments.number("the VNI", given.operand(1), 1, OverlayNetwork.MAX_VNI));
    description.addProperty("tunnel", given.operand(2));
    if (given.option("--underlay-mtu").isPresent()) {
      // Which it may be is for who knows the overlay to say.
      description.addProperty("underlay-mtu", given.number("--underlay-mtu", 0, 0, MAX_NUMBER));
    }
    description.addProperty("announcements", given.has("--announcements"));
    return "network "
        + given.operand(0)
        + " is described in "
        + Service.need(overlay, "an overlay").add(given.operand(0), Json.write(description))
        + "\n";
  }
}
