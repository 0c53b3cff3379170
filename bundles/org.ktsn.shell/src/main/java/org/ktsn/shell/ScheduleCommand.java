package org.ktsn.shell;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Optional;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.schedule.PortSchedule;
import org.ktsn.api.schedule.ScheduleCodec;
import org.ktsn.api.stats.ClassStatus;
import org.ktsn.api.stats.DataplaneMonitor;
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
      "ktsn.description=shows the gates: asked for, in force, pending, and the next events"
    })
public final class ScheduleCommand implements Function {
  static final String USAGE = "schedule [--json]";
  private static final Syntax SYNTAX = new Syntax(USAGE);
  private static final String NO_CLOCK =
      "no running component offers a clock: the next gate events are unknown\n";

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

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile DataplaneMonitor dataplane;

  @Override
  public Object execute(CommandSession session, List<Object> arguments) {
    Arguments given = SYNTAX.read(arguments);
    PortSchedule port = Service.need(schedule, "a schedule");
    GateSchedule current = port.current();
    Optional<Long> nowNs = Optional.ofNullable(clock).map(TaiClock::nowNs);
    DataplaneMonitor monitor = dataplane;
    List<ClassStatus> classes =
        monitor == null
            ? List.of()
            : monitor.classes().stream()
                .filter(status -> status.trafficClass() < port.trafficClasses())
                .toList();
    return given.json()
        ? json(port.trafficClasses(), current, nowNs, classes)
        : text(port.trafficClasses(), current, nowNs, classes);
  }

  private static String text(
      int trafficClasses, GateSchedule current, Optional<Long> nowNs, List<ClassStatus> classes) {
    StringBuilder text = new StringBuilder();
    text.append("in force since ").append(Nanoseconds.instant(current.operSinceNs()));
    text.append(" TAI, ").append(trafficClasses).append(" traffic classes\n");
    text.append(ScheduleView.text(current.oper())).append('\n');
    text.append(
        current
            .pending()
            .map(
                pending ->
                    "pending until "
                        + Nanoseconds.instant(pending.configChangeTimeNs())
                        + " TAI\n"
                        + ScheduleView.text(pending.parameters()))
            .orElse("nothing is pending: what was asked for is in force\n"));
    text.append("\nchanges asked for with a base time in the past: ")
        .append(current.configChangeErrors())
        .append("\n\n")
        .append(classTable(current, classes));
    return text.append(nowNs.map(at -> nextEvents(current, at)).orElse(NO_CLOCK)).toString();
  }

  private static String classTable(GateSchedule current, List<ClassStatus> classes) {
    if (classes.isEmpty()) {
      return "";
    }
    Table table = new Table("CLASS", "LARGEST SDU", "OVERRUNS");
    for (ClassStatus status : classes.reversed()) {
      int octets = current.oper().queueMaxSdu().get(status.trafficClass());
      table.row(
          status.trafficClass(),
          octets == 0 ? "no limit" : octets + " octets",
          status.transmissionOverrun());
    }
    return table + "\n";
  }

  private static String nextEvents(GateSchedule current, long nowNs) {
    List<ScheduleView.GateEvent> events = ScheduleView.nextEvents(current, nowNs);
    if (events.isEmpty()) {
      return "no gate changes in the coming cycle\n";
    }
    Table table = new Table("NEXT EVENT (TAI)", "IN", "OPEN CLASSES");
    events.forEach(
        event ->
            table.row(
                Nanoseconds.instant(event.atNs()),
                Nanoseconds.duration(event.atNs() - nowNs),
                ScheduleView.openClasses(event.gateStates())));
    return table.toString();
  }

  private String json(
      int trafficClasses, GateSchedule current, Optional<Long> nowNs, List<ClassStatus> classes) {
    JsonObject answer = ScheduleView.json(current, trafficClasses);
    nowNs.ifPresent(
        at -> {
          answer.addProperty("now_ns", at);
          JsonArray events = new JsonArray();
          for (ScheduleView.GateEvent event : ScheduleView.nextEvents(current, at)) {
            JsonObject item = new JsonObject();
            item.addProperty("at_ns", event.atNs());
            item.addProperty("gate_states", event.gateStates());
            events.add(item);
          }
          answer.add("next_events", events);
        });
    ScheduleCodec writer = codec;
    if (writer != null) {
      answer.add("document", GateTableState.write(current, writer, nowNs, classes));
    }
    return Json.write(answer);
  }
}
