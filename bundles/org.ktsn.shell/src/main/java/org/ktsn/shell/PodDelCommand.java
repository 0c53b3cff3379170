package org.ktsn.shell;

import com.google.gson.JsonObject;
import java.util.List;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.ktsn.api.pod.PodService;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/** {@code ktsn:pod-del}: detaches a pod. */
@Component(
    service = Function.class,
    property = {
      "osgi.command.scope=ktsn",
      "osgi.command.function=pod-del",
      "ktsn.usage=" + PodDelCommand.USAGE,
      "ktsn.description=detaches a pod and removes what was made for it"
    })
public final class PodDelCommand implements Function {
  static final String USAGE = "pod-del NAME [--json]";
  private static final Syntax SYNTAX = new Syntax(USAGE);

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile PodService pods;

  @Override
  public Object execute(CommandSession session, List<Object> arguments) {
    Arguments given = SYNTAX.read(arguments);
    String name = given.operand(0);
    if (!Service.need(pods, "pods").detach(name)) {
      throw new CommandException(
          "there is no pod '" + name + "'; ktsn:pods lists those that are attached");
    }
    if (given.json()) {
      JsonObject answer = new JsonObject();
      answer.addProperty("name", name);
      answer.addProperty("detached", true);
      return Json.write(answer);
    }
    return "pod " + name + " is detached\n";
  }
}
