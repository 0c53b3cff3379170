package org.ktsn.mqtt.protocol;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.ktsn.api.schedule.ScheduleProblem;

/**
 * Reads desired messages whose content is one document, and finds every problem of one. Any thread.
 */
public final class DocumentReader {
  private final String member;
  private final Function<String, List<ScheduleProblem>> judge;

  /**
   * Makes a reader.
   *
   * @param member the member of the message that holds the document
   * @param judge returns the problems of a document, each with its place in the document
   */
  public DocumentReader(String member, Function<String, List<ScheduleProblem>> judge) {
    this.member = member;
    this.judge = judge;
  }

  /** Reads the text of a message. */
  public Reading<DocumentMessage> read(String text) {
    Problems problems = new Problems();
    Envelope envelope = Envelope.read(text, List.of(member), List.of(), problems);
    Optional<Field> document = envelope.member(member);
    document.ifPresent(
        field ->
            judge
                .apply(field.json())
                .forEach(
                    problem ->
                        problems.add(field.pointer() + problem.pointer(), problem.message())));
    Optional<DocumentMessage> message =
        problems.isEmpty()
            ? Optional.of(
                new DocumentMessage(
                    envelope.id().orElseThrow(),
                    envelope.version().orElseThrow(),
                    envelope.node(),
                    document.orElseThrow().json()))
            : Optional.empty();
    return new Reading<>(
        envelope.id().orElse(""), envelope.version().orElse(0), message, problems.all());
  }
}
