package org.ktsn.shell;

import com.google.gson.JsonArray;
import java.util.List;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.pod.PodService;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/** {@code ktsn:pods}: the attached pods. */
@Component(
    service = Function.class,
    property = {
      "osgi.command.scope=ktsn",
      "osgi.command.function=pods",
      "ktsn.usage=" + PodsCommand.USAGE,
      "ktsn.description=lists the attached pods"
    })
public final class PodsCommand implements Function {
  static final String USAGE = "pods [--json]";
  private static final Syntax SYNTAX = new Syntax(USAGE);

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile PodService pods;

  @Override
  public Object execute(CommandSession session, List<Object> arguments) {
    Arguments given = SYNTAX.read(arguments);
    List<Pod> attached = Service.need(pods, "pods").pods();
    if (given.json()) {
      JsonArray array = new JsonArray();
      attached.forEach(pod -> array.add(PodJson.of(pod)));
      return Json.write(array);
    }
    if (attached.isEmpty()) {
      return "no pod is attached; ktsn:pod-add NAME attaches one\n";
    }
    Table table =
        new Table(
            "NAME",
            "NUMBER",
            "ADDRESS",
            "MAC",
            "INTERFACE",
            "SWITCH PORT",
            "CONTAINER",
            "NAMESPACE");
    for (Pod pod : attached) {
      table.row(
          pod.name(),
          pod.number(),
          String.join(",", pod.addresses()),
          pod.mac(),
          pod.interfaceName(),
          pod.switchPort(),
          PodJson.container(pod),
          pod.networkNamespace());
    }
    return table.toString();
  }
}
