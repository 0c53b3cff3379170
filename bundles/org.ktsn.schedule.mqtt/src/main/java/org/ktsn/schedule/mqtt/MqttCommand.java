package org.ktsn.schedule.mqtt;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.ktsn.api.controller.ControllerLink;
import org.ktsn.api.controller.ControllerStatus;
import org.ktsn.api.controller.ControllerStatus.AskedSchedule;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code ktsn:mqtt}: the link to the controller. */
@Component(
    service = Function.class,
    property = {
      "osgi.command.scope=ktsn",
      "osgi.command.function=mqtt",
      "ktsn.usage=" + MqttCommand.USAGE,
      "ktsn.description=shows the link to the controller and its counters"
    })
public final class MqttCommand implements Function {
  static final String USAGE = "mqtt [--json]";
  private static final Gson GSON =
      new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();
  private static final long NANOSECONDS_PER_SECOND = 1_000_000_000L;

  private final ControllerLink link;

  /** Made by the component runtime. */
  @Activate
  public MqttCommand(@Reference ControllerLink link) {
    this.link = link;
  }

  @Override
  public Object execute(CommandSession session, List<Object> arguments) {
    List<String> words = arguments.stream().map(String::valueOf).toList();
    if (!words.isEmpty() && !words.equals(List.of("--json"))) {
      throw new IllegalArgumentException(
          "'" + String.join(" ", words) + "' is not understood; usage: ktsn:" + USAGE);
    }
    ControllerStatus status = link.status();
    return words.isEmpty() ? text(status) : GSON.toJson(json(status)) + "\n";
  }

  private static String text(ControllerStatus status) {
    StringBuilder text = new StringBuilder();
    line(text, "state", word(status) + " since " + instant(status.sinceNs()) + " TAI");
    line(text, "broker", status.broker().isEmpty() ? "-" : status.broker());
    line(text, "node", status.network() + "/" + status.node());
    if (!status.problem().isEmpty()) {
      line(text, "problem", status.problem());
    }
    status.schedule().ifPresent(schedule -> line(text, "schedule", schedule(schedule)));
    new TreeMap<>(status.counters())
        .forEach((name, value) -> line(text, name, Long.toString(value)));
    return text.toString();
  }

  private static String schedule(AskedSchedule schedule) {
    return schedule.id()
        + " version "
        + schedule.version()
        + ", "
        + schedule.state()
        + (schedule.configChangeTimeNs().isPresent()
            ? ", config change time " + instant(schedule.configChangeTimeNs().getAsLong()) + " TAI"
            : "");
  }

  private static void line(StringBuilder text, String name, String value) {
    text.append(String.format(Locale.ROOT, "%-20s %s%n", name, value));
  }

  private static JsonObject json(ControllerStatus status) {
    JsonObject json = new JsonObject();
    json.addProperty("state", word(status));
    json.addProperty("since_ns", status.sinceNs());
    json.addProperty("broker", status.broker());
    json.addProperty("network", status.network());
    json.addProperty("node", status.node());
    json.addProperty("problem", status.problem());
    status
        .schedule()
        .ifPresent(
            schedule -> {
              JsonObject asked = new JsonObject();
              asked.addProperty("id", schedule.id());
              asked.addProperty("version", schedule.version());
              asked.addProperty("state", schedule.state());
              schedule
                  .configChangeTimeNs()
                  .ifPresent(ns -> asked.addProperty("config_change_time_ns", ns));
              json.add("schedule", asked);
            });
    json.add("counters", GSON.toJsonTree(new TreeMap<>(status.counters())));
    return json;
  }

  private static String word(ControllerStatus status) {
    return status.state().name().toLowerCase(Locale.ROOT);
  }

  private static String instant(long ns) {
    return Instant.ofEpochSecond(
            Math.floorDiv(ns, NANOSECONDS_PER_SECOND), Math.floorMod(ns, NANOSECONDS_PER_SECOND))
        .toString()
        .replace("Z", "");
  }
}
