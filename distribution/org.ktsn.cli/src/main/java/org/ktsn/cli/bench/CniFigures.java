package org.ktsn.cli.bench;

import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.ktsn.cli.testbed.QuantileTable;
import org.ktsn.cli.testbed.Quantiles;

/** How long the commands of several plugins took. Any thread. */
final class CniFigures {
  private final Map<String, Map<String, List<Long>>> tookNs = new LinkedHashMap<>();

  /** Adds a call. */
  synchronized void add(String plugin, String command, long durationNs) {
    tookNs
        .computeIfAbsent(command, each -> new LinkedHashMap<>())
        .computeIfAbsent(plugin, each -> new ArrayList<>())
        .add(durationNs);
  }

  /**
   * Returns a table.
   *
   * @param reference the plugin that the others are compared with
   */
  List<String> table(String heading, String reference) {
    QuantileTable table = new QuantileTable(heading);
    tookNs.forEach(
        (command, plugins) ->
            plugins.forEach(
                (plugin, durations) -> {
                  table.milliseconds(command + " " + plugin, quantiles(durations));
                  if (!plugin.equals(reference)) {
                    table.ratio(
                        "  / " + reference,
                        quantiles(durations),
                        quantiles(plugins.get(reference)));
                  }
                }));
    return table.lines();
  }

  /** Returns the figures by plugin and command, and their ratios to the reference's. */
  JsonObject toJson(String reference) {
    JsonObject json = new JsonObject();
    JsonObject ratios = new JsonObject();
    tookNs.forEach(
        (command, plugins) ->
            plugins.forEach(
                (plugin, durations) -> {
                  String member = plugin.replace('-', '_').replace(' ', '_');
                  Quantiles quantiles = quantiles(durations);
                  object(json, member)
                      .add(command.toLowerCase(Locale.ROOT) + "_ms", quantiles.toJsonMs());
                  if (!plugin.equals(reference)) {
                    object(ratios, member)
                        .add(
                            command.toLowerCase(Locale.ROOT),
                            quantiles.ratioTo(quantiles(plugins.get(reference))));
                  }
                }));
    json.add("ratio_to_bridge", ratios);
    return json;
  }

  private static JsonObject object(JsonObject parent, String name) {
    if (!parent.has(name)) {
      parent.add(name, new JsonObject());
    }
    return parent.getAsJsonObject(name);
  }

  private static Quantiles quantiles(List<Long> durations) {
    return Quantiles.of(durations.stream().mapToLong(Long::longValue).toArray());
  }
}
