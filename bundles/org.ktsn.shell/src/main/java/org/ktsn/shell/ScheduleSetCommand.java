package org.ktsn.shell;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.schedule.PortSchedule;
import org.ktsn.api.schedule.ScheduleCodec;
import org.ktsn.api.schedule.ScheduleException;
import org.ktsn.api.schedule.ScheduleProblem;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/**
 * {@code ktsn:schedule-set}: asks for a schedule, from a file of the node, from the command line
 * ({@code - TEXT}) or from the command's input ({@code -} alone).
 */
@Component(
    service = Function.class,
    property = {
      "osgi.command.scope=ktsn",
      "osgi.command.function=schedule-set",
      "ktsn.usage=" + ScheduleSetCommand.USAGE,
      "ktsn.description=asks for a gate schedule: from FILE, from TEXT after -, or from the input"
    })
public final class ScheduleSetCommand implements Function {
  static final String USAGE = "schedule-set FILE|- [TEXT...] [--json]";
  private static final Syntax SYNTAX = new Syntax(USAGE);
  private static final int MAX_OCTETS = 1 << 20;

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

  @Override
  public Object execute(CommandSession session, List<Object> arguments) {
    Arguments given = SYNTAX.read(arguments);
    PortSchedule port = Service.need(schedule, "a schedule");
    ScheduleCodec reader = Service.need(codec, "a schedule codec");
    String document = document(session, given);
    try {
      GateSchedule now = port.change(reader.decode(document, port.trafficClasses()));
      long changeNs =
          now.pending().map(GateSchedule.Pending::configChangeTimeNs).orElse(now.operSinceNs());
      return accepted(changeNs, now.pending().isPresent(), given.json());
    } catch (ScheduleException e) {
      throw refused(e, given.json());
    }
  }

  private static String accepted(long changeNs, boolean pending, boolean json) {
    if (json) {
      JsonObject answer = new JsonObject();
      answer.addProperty("accepted", true);
      answer.addProperty("config_change_time_ns", changeNs);
      answer.addProperty("pending", pending);
      return Json.write(answer);
    }
    return "the schedule "
        + (pending ? "takes effect at " : "is in force since ")
        + Nanoseconds.instant(changeNs)
        + " TAI\n";
  }

  private static CommandException refused(ScheduleException refusal, boolean json) {
    String output = "";
    if (json) {
      JsonObject answer = new JsonObject();
      answer.addProperty("accepted", false);
      JsonArray problems = new JsonArray();
      for (ScheduleProblem problem : refusal.problems()) {
        JsonObject item = new JsonObject();
        item.addProperty("pointer", problem.pointer());
        item.addProperty("message", problem.message());
        problems.add(item);
      }
      answer.add("problems", problems);
      output = Json.write(answer);
    }
    return new CommandException(
        refusal.problems().stream()
            .map(ScheduleProblem::toString)
            .collect(
                Collectors.joining(
                    "\n", "the schedule is refused; the present one stays in force:\n", "")),
        output);
  }

  private static String document(CommandSession session, Arguments given) {
    String source = given.operand(0);
    String text = given.rest(1);
    if (!source.equals("-")) {
      if (!text.isEmpty()) {
        throw new CommandException(
            "'" + text + "' follows the file " + source + "; write - TEXT to give the text itself");
      }
      return fromFile(session, source);
    }
    return text.isEmpty() ? fromInput(session) : text;
  }

  private static String fromFile(CommandSession session, String name) {
    try {
      Path file = session.currentDir().resolve(name);
      try (InputStream content = Files.newInputStream(file)) {
        return text("the schedule file " + file, content);
      }
    } catch (InvalidPathException | NoSuchFileException e) {
      throw new CommandException(
          "there is no schedule file " + name + " on this node; check the name, or use - TEXT", e);
    } catch (IOException e) {
      throw new CommandException(
          "the schedule file " + name + " can't be read: " + e.getMessage(), e);
    }
  }

  private static String fromInput(CommandSession session) {
    try {
      return text("the input", session.getKeyboard());
    } catch (IOException e) {
      throw new CommandException("the input can't be read: " + e.getMessage(), e);
    }
  }

  private static String text(String what, InputStream content) throws IOException {
    byte[] octets = content.readNBytes(MAX_OCTETS + 1);
    if (octets.length > MAX_OCTETS) {
      throw new CommandException(
          what + " is longer than " + MAX_OCTETS + " octets; no schedule needs as much");
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(octets)).toString();
    } catch (CharacterCodingException e) {
      throw new CommandException(what + " is not UTF-8 text", e);
    }
  }
}
