package org.ktsn.mqtt.protocol;

import java.util.List;
import java.util.Optional;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.api.schedule.ScheduleCodec;
import org.ktsn.api.schedule.ScheduleException;

/** Reads desired messages and finds every problem of one. Any thread. */
public final class DesiredReader {
  /** The highest version: every program's numbers hold it exactly. */
  public static final long MAX_VERSION = Envelope.MAX_VERSION;

  private final ScheduleCodec codec;

  /** Makes a reader. */
  public DesiredReader(ScheduleCodec codec) {
    this.codec = codec;
  }

  /** Reads the text of a message. */
  public Reading<DesiredMessage> read(String text, NodeFacts node) {
    Problems problems = new Problems();
    Envelope envelope = Envelope.read(text, List.of("schedule"), List.of("settings"), problems);
    Optional<GateParameters> schedule =
        envelope.member("schedule").flatMap(field -> schedule(field, node));
    PortSettings settings =
        envelope
            .member("settings")
            .map(field -> PortSettings.read(field, node))
            .orElse(PortSettings.NONE);
    Optional<DesiredMessage> message =
        problems.isEmpty()
            ? Optional.of(
                new DesiredMessage(
                    envelope.id().orElseThrow(),
                    envelope.version().orElseThrow(),
                    envelope.node(),
                    schedule.orElseThrow(),
                    settings))
            : Optional.empty();
    return new Reading<>(
        envelope.id().orElse(""), envelope.version().orElse(0), message, problems.all());
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
