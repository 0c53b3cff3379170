package org.ktsn.mqtt.protocol;

import java.util.Optional;
import java.util.function.BiPredicate;
import org.ktsn.api.schedule.ScheduleProblem;
import org.osgi.annotation.versioning.ProviderType;

/** How a desired message stands to the newest that a node has. */
@ProviderType
public sealed interface Precedence {
  /** It takes the place of the other. */
  record Newer() implements Precedence {}

  /** It is the other once more: no change. */
  record Again() implements Precedence {}

  /**
   * It comes too late, or under another's name.
   *
   * @param problem why it is refused
   */
  record Refused(ScheduleProblem problem) implements Precedence {}

  /**
   * Compares a message with the newest.
   *
   * @param sameContent tells whether two messages of one version ask for the same
   */
  static <M extends Desired> Precedence of(
      Optional<M> newest, M message, BiPredicate<M, M> sameContent) {
    if (newest.isEmpty()) {
      return new Newer();
    }
    M known = newest.get();
    if (known.id().equals(message.id())) {
      return known.version() == message.version() && sameContent.test(known, message)
          ? new Again()
          : new Refused(
              new ScheduleProblem(
                  "/id",
                  "is that of another message (version "
                      + known.version()
                      + "); give each its own id"));
    }
    return known.version() < message.version()
        ? new Newer()
        : new Refused(
            new ScheduleProblem(
                "/version",
                "is "
                    + message.version()
                    + "; the node has version "
                    + known.version()
                    + " (id "
                    + known.id()
                    + "): give a higher one"));
  }
}
