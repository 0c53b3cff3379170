package org.ktsn.shell;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.ktsn.api.schedule.PortSchedule;
import org.ktsn.api.time.TaiClock;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/** {@code ktsn:gates}: the gates of the cycle in progress and the next ones, as a chart. */
@Component(
    service = Function.class,
    property = {
      "osgi.command.scope=ktsn",
      "osgi.command.function=gates",
      "ktsn.usage=" + GatesCommand.USAGE,
      "ktsn.description=draws the gates of N cycles (2), of all classes or one, WIDTH columns (80)"
    })
public final class GatesCommand implements Function {
  static final String USAGE = "gates [--cycles N] [--class C] [--width WIDTH] [--ascii] [--json]";
  private static final Syntax SYNTAX = new Syntax(USAGE);
  private static final int MAX_CYCLES = 32;
  private static final int MIN_WIDTH = 40;
  private static final int MAX_WIDTH = 500;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile PortSchedule schedule;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile TaiClock clock;

  @Override
  public Object execute(CommandSession session, List<Object> arguments) {
    Arguments given = SYNTAX.read(arguments);
    int cycles = given.number("--cycles", 2, 1, MAX_CYCLES);
    int width = given.number("--width", 80, MIN_WIDTH, MAX_WIDTH);
    PortSchedule port = Service.need(schedule, "a schedule");
    int highest = port.trafficClasses() - 1;
    int only = given.number("--class", -1, 0, highest);
    List<Integer> classes =
        only >= 0
            ? List.of(only)
            : IntStream.rangeClosed(0, highest).mapToObj(i -> highest - i).toList();
    long nowNs = Service.need(clock, "a clock").nowNs();
    GateSpan span = GateSpan.of(port.current().at(nowNs), nowNs, cycles);
    return given.json()
        ? json(span, nowNs, classes)
        : heading(span, cycles)
            + GateChart.draw(span, nowNs, classes, width, given.has("--ascii"))
            + change(span);
  }

  private static String heading(GateSpan span, int cycles) {
    String from = "gates from " + Nanoseconds.instant(span.fromNs()) + " TAI on";
    if (!span.listRuns()) {
      return from + "; no list runs now\n\n";
    }
    String cycle = ScheduleView.cycle(span.cycleTime());
    return from + ", " + (cycles == 1 ? "one cycle" : cycles + " cycles") + " of " + cycle + "\n\n";
  }

  private static String change(GateSpan span) {
    return span.changeNs()
        .map(
            atNs ->
                "a pending schedule takes effect at "
                    + Nanoseconds.instant(atNs)
                    + " TAI"
                    + (span.holds(atNs) ? "\n" : ", after this picture\n"))
        .orElse("");
  }

  private static String json(GateSpan span, long nowNs, List<Integer> classes) {
    JsonObject answer = new JsonObject();
    answer.addProperty("from_ns", span.fromNs());
    answer.addProperty("to_ns", span.toNs());
    answer.addProperty("now_ns", nowNs);
    answer.add("cycle_starts_ns", Json.array(span.cycleStartsNs()));
    span.changeNs().ifPresent(atNs -> answer.addProperty("config_change_time_ns", atNs));
    JsonArray array = new JsonArray();
    for (int trafficClass : classes) {
      JsonObject item = new JsonObject();
      item.addProperty("traffic_class", trafficClass);
      JsonArray open = new JsonArray();
      for (GateSpan.Window window : span.windows(trafficClass)) {
        JsonObject one = new JsonObject();
        one.addProperty("from_ns", window.fromNs());
        one.addProperty("to_ns", window.toNs());
        open.add(one);
      }
      item.add("open", open);
      array.add(item);
    }
    answer.add("classes", array);
    return Json.write(answer);
  }
}
