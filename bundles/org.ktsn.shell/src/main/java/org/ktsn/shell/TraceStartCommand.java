package org.ktsn.shell;

import com.google.gson.JsonObject;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.ktsn.api.stats.DataplaneMonitor;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/** {@code ktsn:trace-start}: begins to record launched frames. */
@Component(
    service = Function.class,
    property = {
      "osgi.command.scope=ktsn",
      "osgi.command.function=trace-start",
      "ktsn.usage=" + TraceStartCommand.USAGE,
      "ktsn.description=records the launched frames into FILE, with room for RECORDS"
    })
public final class TraceStartCommand implements Function {
  static final String USAGE = "trace-start FILE RECORDS [--json]";
  private static final Syntax SYNTAX = new Syntax(USAGE);

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile DataplaneMonitor dataplane;

  @Override
  public Object execute(CommandSession session, List<Object> arguments) {
    Arguments given = SYNTAX.read(arguments);
    int records = records(given.operand(1));
    Path file = file(session, given.operand(0));
    Service.need(dataplane, "a data plane").startTrace(file, records);
    if (given.json()) {
      JsonObject answer = new JsonObject();
      answer.addProperty("file", file.toString());
      answer.addProperty("records", records);
      return Json.write(answer);
    }
    return "recording up to " + records + " frames into " + file + "; ktsn:trace-stop ends it\n";
  }

  private static Path file(CommandSession session, String name) {
    try {
      return session.currentDir().resolve(name);
    } catch (InvalidPathException e) {
      throw new CommandException("'" + name + "' is not a file name", e);
    }
  }

  private static int records(String text) {
    int records = 0;
    try {
      records = Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw notANumber(text, e);
    }
    if (records < 1) {
      throw notANumber(text, null);
    }
    return records;
  }

  private static CommandException notANumber(String text, NumberFormatException cause) {
    return new CommandException(
        "'" + text + "' is not a number of records; give 1 to " + Integer.MAX_VALUE, cause);
  }
}
