package org.ktsn.shell;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * {@code ktsn:help}: every command of the scope {@code ktsn}, whichever bundle brings it. A command
 * says what it takes in the service properties {@code ktsn.usage} and {@code ktsn.description}.
 */
@Component(
    service = Function.class,
    property = {
      "osgi.command.scope=ktsn",
      "osgi.command.function=help",
      "ktsn.usage=" + HelpCommand.USAGE,
      "ktsn.description=lists these commands"
    })
public final class HelpCommand implements Function {
  static final String USAGE = "help [--json]";
  private static final Syntax SYNTAX = new Syntax(USAGE);

  private final BundleContext context;

  /** Made by the component runtime. */
  @Activate
  public HelpCommand(BundleContext context) {
    this.context = context;
  }

  private record Command(String usage, String description) {}

  @Override
  public Object execute(CommandSession session, List<Object> arguments)
      throws InvalidSyntaxException {
    Arguments given = SYNTAX.read(arguments);
    Map<String, Command> commands = commands();
    if (given.json()) {
      JsonArray array = new JsonArray();
      commands.forEach(
          (name, command) -> {
            JsonObject item = new JsonObject();
            item.addProperty("name", "ktsn:" + name);
            item.addProperty("usage", "ktsn:" + command.usage());
            item.addProperty("description", command.description());
            array.add(item);
          });
      return Json.write(array);
    }
    StringBuilder text = new StringBuilder();
    commands
        .values()
        .forEach(
            command ->
                text.append("ktsn:")
                    .append(command.usage())
                    .append("\n    ")
                    .append(command.description())
                    .append('\n'));
    return text.append("help lists the framework's own commands as well\n").toString();
  }

  private Map<String, Command> commands() throws InvalidSyntaxException {
    ServiceReference<?>[] references =
        context.getAllServiceReferences(null, "(" + CommandProcessor.COMMAND_SCOPE + "=ktsn)");
    Map<String, Command> commands = new TreeMap<>();
    if (references != null) {
      for (ServiceReference<?> reference : references) {
        names(reference.getProperty(CommandProcessor.COMMAND_FUNCTION))
            .forEach(
                name ->
                    commands.put(
                        name,
                        new Command(
                            text(reference.getProperty("ktsn.usage"), name),
                            text(reference.getProperty("ktsn.description"), ""))));
      }
    }
    return commands;
  }

  private static Stream<String> names(Object property) {
    return switch (property) {
      case String[] several -> Arrays.stream(several);
      case Collection<?> several -> several.stream().map(String::valueOf);
      case null -> Stream.empty();
      default -> Stream.of(String.valueOf(property));
    };
  }

  private static String text(Object property, String otherwise) {
    return property instanceof String text ? text : otherwise;
  }
}
