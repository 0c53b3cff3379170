package org.ktsn.shell;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.List;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.schedule.PortSchedule;
import org.ktsn.api.schedule.ScheduleCodec;
import org.ktsn.api.time.TaiClock;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/**
 * {@code ktsn:schedule}: the gate schedule in force, what is pending, and what the gates do next.
 */
@Component(
    service = Function.class,
    property = {
      "osgi.command.scope=ktsn",
      "osgi.command.function=schedule",
      "ktsn.usage=" + ScheduleCommand.USAGE,
      "ktsn.description=shows the gate schedule and the next gate events"
    })
public final class ScheduleCommand implements Function {
  static final String USAGE = "schedule [--json]";
  private static final Syntax SYNTAX = new Syntax(USAGE);
  private static final String DOCUMENT_INTERFACE = "ktsn";

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile PortSchedule schedule;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile ScheduleCodec codec;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile TaiClock clock;

  @Override
  public Object execute(CommandSession session, List<Object> arguments) {
    Arguments given = SYNTAX.read(arguments);
    PortSchedule port = Service.need(schedule, "a schedule");
    return given.json() ? json(port) : text(port);
  }

  private String text(PortSchedule port) {
    GateSchedule current = port.current();
    StringBuilder text = new StringBuilder();
    text.append("in force since ").append(Nanoseconds.instant(current.operSinceNs()));
    text.append(" TAI, ").append(port.trafficClasses()).append(" traffic classes\n");
    text.append(ScheduleView.text(current.oper()));
    current
        .pending()
        .ifPresent(
            pending ->
                text.append("\npending until ")
                    .append(Nanoseconds.instant(pending.configChangeTimeNs()))
                    .append(" TAI\n")
                    .append(ScheduleView.text(pending.parameters())));
    if (current.configChangeErrors() > 0) {
      text.append("\nchanges asked for with a base time in the past: ")
          .append(current.configChangeErrors())
          .append('\n');
    }
    TaiClock present = clock;
    if (present == null) {
      return text.append(
              "\nno running component offers a clock: the next gate events are unknown\n")
          .toString();
    }
    long nowNs = present.nowNs();
    List<ScheduleView.GateEvent> events = ScheduleView.nextEvents(current, nowNs);
    if (events.isEmpty()) {
      return text.append("\nno gate changes in the coming cycle\n").toString();
    }
    Table table = new Table("NEXT EVENT (TAI)", "IN", "OPEN CLASSES");
    events.forEach(
        event ->
            table.row(
                Nanoseconds.instant(event.atNs()),
                Nanoseconds.duration(event.atNs() - nowNs),
                ScheduleView.openClasses(event.gateStates())));
    return text.append('\n').append(table).toString();
  }

  private String json(PortSchedule port) {
    GateSchedule current = port.current();
    JsonObject answer = ScheduleView.json(current, port.trafficClasses());
    TaiClock present = clock;
    if (present != null) {
      long nowNs = present.nowNs();
      answer.addProperty("now_ns", nowNs);
      JsonArray events = new JsonArray();
      for (ScheduleView.GateEvent event : ScheduleView.nextEvents(current, nowNs)) {
        JsonObject item = new JsonObject();
        item.addProperty("at_ns", event.atNs());
        item.addProperty("gate_states", event.gateStates());
        events.add(item);
      }
      answer.add("next_events", events);
    }
    ScheduleCodec writer = codec;
    if (writer != null) {
      answer.add(
          "document", JsonParser.parseString(writer.encode(current.oper(), DOCUMENT_INTERFACE)));
    }
    return Json.write(answer);
  }
}
