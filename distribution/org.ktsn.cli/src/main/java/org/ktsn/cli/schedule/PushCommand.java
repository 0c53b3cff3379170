package org.ktsn.cli.schedule;

import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.api.schedule.ScheduleException;
import org.ktsn.cli.ControlException;
import org.ktsn.mqtt.protocol.DesiredMessage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code schedule push}: sends a schedule to nodes and shows how it fares there. */
@Command(
    name = "push",
    description = "Sends a schedule to nodes and waits until it is operational.")
public final class PushCommand implements Callable<Integer> {
  private static final String SCHEDULE = "";

  @Spec private CommandSpec spec;
  @Mixin private BrokerOptions options = new BrokerOptions();
  @Mixin private Push push = new Push();

  @Parameters(
      paramLabel = "FILE",
      description = "the schedule, JSON or short form; - for standard input")
  private String file;

  @Option(names = "--settings", paramLabel = "FILE", description = "settings, a JSON object")
  private Optional<Path> settings = Optional.empty();

  @Option(
      names = "--until",
      paramLabel = "STATE",
      defaultValue = "operational",
      description = "wait until it is accepted or operational (${DEFAULT-VALUE})")
  private String until;

  /** Made by the command line. */
  public PushCommand() {}

  @Override
  public Integer call() {
    NodeProgress.State goal = goal();
    GateParameters schedule;
    try {
      schedule = ScheduleFile.parse(ScheduleFile.text(file));
    } catch (ScheduleException e) {
      spec.commandLine().getErr().println(e.getMessage());
      return ExitCodes.REFUSED;
    }
    JsonObject yang = ScheduleFile.yang(schedule);
    JsonObject set = settings.map(ScheduleFile::settings).orElseGet(JsonObject::new);
    return push.run(
        spec,
        options,
        SCHEDULE,
        (id, version, node) -> DesiredMessage.toJson(id, version, node, yang, set).toString(),
        goal);
  }

  private NodeProgress.State goal() {
    return switch (until) {
      case "accepted" -> NodeProgress.State.ACCEPTED;
      case "operational" -> NodeProgress.State.OPERATIONAL;
      default ->
          throw new ControlException("--until is '" + until + "'; give accepted or operational");
    };
  }
}
