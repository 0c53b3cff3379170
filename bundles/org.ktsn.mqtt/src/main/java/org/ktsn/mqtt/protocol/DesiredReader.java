package org.ktsn.mqtt.protocol;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.api.schedule.ScheduleCodec;
import org.ktsn.api.schedule.ScheduleException;
import org.ktsn.api.schedule.ScheduleProblem;

/** Reads desired messages and finds every problem of one. Any thread. */
public final class DesiredReader {
  /** The highest version: every program's numbers hold it exactly. */
  public static final long MAX_VERSION = (1L << 53) - 1;

  private static final Pattern ID = Pattern.compile("[A-Za-z0-9._:-]{1,64}");
  private static final Set<String> MEMBERS =
      Set.of("id", "version", "node", "schedule", "settings");

  private static final List<String> MANDATORY = List.of("id", "version", "schedule");

  private final ScheduleCodec codec;

  /** Makes a reader. */
  public DesiredReader(ScheduleCodec codec) {
    this.codec = codec;
  }

  /**
   * What became of reading.
   *
   * @param id the message's id, empty if it has none that can be read
   * @param version its version, 0 likewise
   * @param message the message, if there is no problem
   * @param problems the problems
   */
  public record Result(
      String id, long version, Optional<DesiredMessage> message, List<ScheduleProblem> problems) {

    /** A message that can't be looked into at all. */
    public static Result unreadable(String problem) {
      return new Result("", 0, Optional.empty(), List.of(new ScheduleProblem("", problem)));
    }
  }

  /** Reads the octets of a message. */
  public Result read(byte[] payload, NodeFacts node) {
    return JsonText.decode(payload)
        .map(text -> read(text, node))
        .orElseGet(() -> Result.unreadable("is not UTF-8; give JSON in UTF-8"));
  }

  /** Reads the text of a message. */
  public Result read(String text, NodeFacts node) {
    Problems problems = new Problems();
    Map<String, Field> fields = new Field(text, "", problems).fields(MEMBERS);
    if (!problems.concernTheWhole()) {
      MANDATORY.stream()
          .filter(name -> !fields.containsKey(name))
          .forEach(name -> problems.add("", "has no " + name + "; give it"));
    }
    Optional<String> id =
        Optional.ofNullable(fields.get("id"))
            .flatMap(
                field ->
                    field.string(
                        ID, "1 to 64 letters, digits and the characters . _ : - in quotes"));
    OptionalLong version =
        Optional.ofNullable(fields.get("version"))
            .map(field -> field.number(1, MAX_VERSION))
            .orElse(OptionalLong.empty());
    Optional<String> address = Optional.ofNullable(fields.get("node")).flatMap(Field::string);
    Optional<GateParameters> schedule =
        Optional.ofNullable(fields.get("schedule")).flatMap(field -> schedule(field, node));
    PortSettings settings =
        Optional.ofNullable(fields.get("settings"))
            .map(field -> PortSettings.read(field, node))
            .orElse(PortSettings.NONE);
    Optional<DesiredMessage> message =
        problems.isEmpty()
            ? Optional.of(
                new DesiredMessage(
                    id.orElseThrow(),
                    version.orElseThrow(),
                    address,
                    schedule.orElseThrow(),
                    settings))
            : Optional.empty();
    return new Result(id.orElse(""), version.orElse(0), message, problems.all());
  }

  /** A schedule is an object of the YANG model, or a string with the short form. */
  private Optional<GateParameters> schedule(Field field, NodeFacts node) {
    String text = field.isString() ? field.string().orElseThrow() : field.json();
    try {
      return Optional.of(codec.decode(text, node.trafficClasses()));
    } catch (ScheduleException e) {
      field.problems().addAll(field.pointer(), e);
      return Optional.empty();
    }
  }
}
