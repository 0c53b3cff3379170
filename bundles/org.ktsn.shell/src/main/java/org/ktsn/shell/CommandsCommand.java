package org.ktsn.shell;

import java.util.Collection;
import java.util.List;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;

/** {@code ktsn:commands}: the names of all commands of the framework, for completion. */
@Component(
    service = Function.class,
    property = {
      "osgi.command.scope=ktsn",
      "osgi.command.function=commands",
      "ktsn.usage=" + CommandsCommand.USAGE,
      "ktsn.description=lists the names of all commands, the framework's own as well"
    })
public final class CommandsCommand implements Function {
  static final String USAGE = "commands [--json]";
  private static final Syntax SYNTAX = new Syntax(USAGE);
  private static final String ALL = ".commands";

  @Override
  public Object execute(CommandSession session, List<Object> arguments) {
    Arguments given = SYNTAX.read(arguments);
    List<String> names =
        session.get(ALL) instanceof Collection<?> all
            ? all.stream().map(String::valueOf).sorted().distinct().toList()
            : List.of();
    return given.json() ? Json.write(Json.array(names)) : String.join("\n", names) + "\n";
  }
}
