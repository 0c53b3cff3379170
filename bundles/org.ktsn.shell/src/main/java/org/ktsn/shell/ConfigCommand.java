package org.ktsn.shell;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.Dictionary;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.ktsn.api.configuration.ConfigurationCheck;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code ktsn:config}: shows local configuration and changes it until the next start; what shall
 * last stands in {@code etc/}. A key that is taken away has its default again.
 */
@Component(
    service = Function.class,
    property = {
      "osgi.command.scope=ktsn",
      "osgi.command.function=config",
      "ktsn.usage=" + ConfigCommand.USAGE,
      "ktsn.description=shows the configuration PID; KEY=VALUE sets a key of it until the next"
          + " start, KEY- takes it away"
    })
public final class ConfigCommand implements Function {
  static final String USAGE = "config [PID] [KEY=VALUE|KEY-...] [--json]";
  private static final Syntax SYNTAX = new Syntax(USAGE);

  private final ConfigurationAdmin admin;
  private final ConfigurationCheck check;

  /** Works on Configuration Admin, with what the components allow. */
  @Activate
  public ConfigCommand(@Reference ConfigurationAdmin admin, @Reference ConfigurationCheck check) {
    this.admin = admin;
    this.check = check;
  }

  @Override
  public Object execute(CommandSession session, List<Object> arguments) throws IOException {
    Arguments given = SYNTAX.read(arguments);
    List<String> words = given.operands();
    if (words.isEmpty()) {
      return show(all(), given.json());
    }
    String pid = words.getFirst();
    if (words.size() > 1) {
      set(pid, words.subList(1, words.size()));
    }
    Configuration configuration = admin.getConfiguration(pid, "?");
    return show(Map.of(pid, values(configuration.getProperties())), given.json());
  }

  private Map<String, Map<String, String>> all() throws IOException {
    Map<String, Map<String, String>> all = new TreeMap<>();
    try {
      Configuration[] found = admin.listConfigurations(null);
      for (Configuration each : found == null ? new Configuration[0] : found) {
        all.put(each.getPid(), values(each.getProperties()));
      }
    } catch (InvalidSyntaxException e) {
      throw new IllegalStateException(e); // there is no filter to be wrong
    }
    return all;
  }

  /** Sets all or nothing. */
  private void set(String pid, List<String> pairs) throws IOException {
    Configuration configuration = admin.getConfiguration(pid, "?");
    Dictionary<String, Object> properties = configuration.getProperties();
    Map<String, Object> changed = new TreeMap<>();
    if (properties != null) {
      changed.putAll(FrameworkUtil.asMap(properties));
    }
    Map<String, Object> given = new TreeMap<>();
    for (String pair : pairs) {
      int equals = pair.indexOf('=');
      if (equals < 0 && pair.length() > 1 && pair.endsWith("-")) {
        changed.remove(pair.substring(0, pair.length() - 1));
        continue;
      }
      if (equals < 1) {
        throw new CommandException(
            "'"
                + pair
                + "' is neither KEY=VALUE nor KEY-; for instance: ktsn:config"
                + " org.ktsn.shaping shaper=cbs");
      }
      given.put(pair.substring(0, equals), pair.substring(equals + 1));
    }
    try {
      changed.putAll(check.check(pid, given));
    } catch (IllegalArgumentException e) {
      throw new CommandException(pid + ": " + e.getMessage());
    }
    configuration.update(FrameworkUtil.asDictionary(changed));
  }

  private static Map<String, String> values(Dictionary<String, Object> properties) {
    Map<String, String> values = new TreeMap<>();
    if (properties != null) {
      for (String key : Collections.list(properties.keys())) {
        Object value = properties.get(key);
        values.put(key, value instanceof Object[] many ? Arrays.toString(many) : value.toString());
      }
    }
    values.remove("service.pid");
    return values;
  }

  private static String show(Map<String, Map<String, String>> configurations, boolean json) {
    if (json) {
      JsonObject answer = new JsonObject();
      configurations.forEach(
          (pid, values) -> {
            JsonObject keys = new JsonObject();
            values.forEach(keys::addProperty);
            answer.add(pid, keys);
          });
      return Json.write(answer);
    }
    Table table = new Table("pid", "key", "value");
    configurations.forEach(
        (pid, values) -> {
          if (values.isEmpty()) {
            table.row(pid, "", "(defaults)");
          }
          values.forEach((key, value) -> table.row(pid, key, value));
        });
    return table.toString();
  }
}
