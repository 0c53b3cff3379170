package org.ktsn.shell;

import com.google.gson.JsonObject;
import java.util.List;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.ktsn.api.stats.DataplaneMonitor;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/** {@code ktsn:trace-stop}: ends the recording of launched frames. */
@Component(
    service = Function.class,
    property = {
      "osgi.command.scope=ktsn",
      "osgi.command.function=trace-stop",
      "ktsn.usage=" + TraceStopCommand.USAGE,
      "ktsn.description=ends the recording of launched frames"
    })
public final class TraceStopCommand implements Function {
  static final String USAGE = "trace-stop [--json]";
  private static final Syntax SYNTAX = new Syntax(USAGE);

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile DataplaneMonitor dataplane;

  @Override
  public Object execute(CommandSession session, List<Object> arguments) {
    Arguments given = SYNTAX.read(arguments);
    Service.need(dataplane, "a data plane").stopTrace();
    if (given.json()) {
      JsonObject answer = new JsonObject();
      answer.addProperty("recording", false);
      return Json.write(answer);
    }
    return "nothing is being recorded any more; the file is complete\n";
  }
}
