package org.ktsn.cli.schedule;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.api.schedule.ScheduleException;
import org.ktsn.api.schedule.ScheduleProblem;
import org.ktsn.cli.ControlException;
import org.ktsn.mqtt.protocol.Answer;
import org.ktsn.mqtt.protocol.DesiredMessage;
import org.ktsn.mqtt.protocol.Request;
import org.ktsn.mqtt.protocol.Topics;
import org.ktsn.mqtt.session.Outbound;
import org.ktsn.mqtt.session.Outbound.Delivery;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code schedule validate}: would this be accepted? Asks nobody, or a node. */
@Command(
    name = "validate",
    description = "Checks a schedule, here or at a node, and changes nothing.")
public final class ValidateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private BrokerOptions options = new BrokerOptions();

  @Parameters(paramLabel = "FILE", description = "the schedule; - for standard input")
  private String file;

  @Option(names = "--node", paramLabel = "NAME", description = "ask this node")
  private Optional<String> node = Optional.empty();

  @Option(names = "--settings", paramLabel = "FILE", description = "settings, a JSON object")
  private Optional<Path> settings = Optional.empty();

  @Option(names = "--json", description = "print JSON")
  private boolean json;

  /** Made by the command line. */
  public ValidateCommand() {}

  @Override
  public Integer call() {
    try {
      GateParameters schedule = ScheduleFile.parse(ScheduleFile.text(file));
      return report(node.map(name -> asked(name, schedule)).orElse(List.of()));
    } catch (ScheduleException e) {
      return report(e.problems());
    }
  }

  private List<ScheduleProblem> asked(String name, GateParameters schedule) {
    Topics topics = options.topics(name);
    JsonObject desired =
        DesiredMessage.toJson(
            "validate",
            1,
            Optional.empty(),
            ScheduleFile.yang(schedule),
            settings.map(ScheduleFile::settings).orElseGet(JsonObject::new));
    try (Controller controller = new Controller(options)) {
      String response = topics.response() + "/" + controller.clientId();
      controller.connect(List.of(response));
      controller.publish(
          Outbound.json(topics.request(), Request.validate(desired), Delivery.MESSAGE)
              .asking(response, "validate".getBytes(StandardCharsets.UTF_8)));
      long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(options.timeoutMs());
      while (System.nanoTime() < endNs) {
        Optional<JsonObject> answer =
            controller
                .next(TimeUnit.NANOSECONDS.toMillis(endNs - System.nanoTime()))
                .flatMap(Controller::json)
                .filter(one -> one.has("answer"));
        if (answer.isPresent()) {
          return Answer.fromJson(answer.get()).problems();
        }
      }
    }
    throw new ControlException("the node " + topics.address() + " does not answer; is it online?");
  }

  private int report(List<ScheduleProblem> problems) {
    if (json) {
      JsonArray array = new JsonArray();
      for (ScheduleProblem problem : problems) {
        JsonObject one = new JsonObject();
        one.addProperty("pointer", problem.pointer());
        one.addProperty("message", problem.message());
        array.add(one);
      }
      JsonObject report = new JsonObject();
      report.addProperty("valid", problems.isEmpty());
      report.add("problems", array);
      spec.commandLine().getOut().println(Push.pretty(report));
    } else {
      spec.commandLine().getOut().println(problems.isEmpty() ? "valid" : "not valid");
      problems.forEach(problem -> spec.commandLine().getOut().println(problem));
    }
    return problems.isEmpty() ? ExitCodes.DONE : ExitCodes.REFUSED;
  }
}
