package org.ktsn.mqtt.protocol;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.ktsn.api.schedule.ScheduleProblem;

/**
 * What became of reading a desired message.
 *
 * @param <M> what the message asks for
 * @param id the message's id, empty if it has none that can be read
 * @param version its version, 0 likewise
 * @param message the message, if there is no problem
 * @param problems the problems
 */
public record Reading<M extends Desired>(
    String id, long version, Optional<M> message, List<ScheduleProblem> problems) {

  /** Copies the problems. */
  public Reading {
    problems = List.copyOf(problems);
  }

  /** Reads the octets of a message, by whoever reads its text. */
  public static <M extends Desired> Reading<M> of(
      byte[] payload, Function<String, Reading<M>> reader) {
    return JsonText.decode(payload)
        .map(reader)
        .orElseGet(() -> unreadable("is not UTF-8; give JSON in UTF-8"));
  }

  /** A message that can't be looked into at all. */
  public static <M extends Desired> Reading<M> unreadable(String problem) {
    return new Reading<>("", 0, Optional.empty(), List.of(new ScheduleProblem("", problem)));
  }
}
