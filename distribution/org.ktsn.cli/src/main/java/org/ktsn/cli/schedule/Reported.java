package org.ktsn.cli.schedule;

import com.google.gson.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.ktsn.cli.ControlException;
import org.ktsn.mqtt.protocol.Topics;

/**
 * Reads what a node reports of its schedule or of another part; the broker has it, even while the
 * node is away.
 */
final class Reported {
  private Reported() {}

  /**
   * Reads it.
   *
   * @param part the part of the node, empty for the schedule
   * @param member what a report of it has
   * @throws ControlException if the broker has nothing of this node
   */
  static JsonObject read(BrokerOptions options, String node, String part, String member) {
    Topics topics = options.topics(node);
    try (Controller controller = new Controller(options)) {
      controller.connect(List.of(topics.reported(part)));
      long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(options.timeoutMs());
      while (System.nanoTime() < endNs) {
        Optional<JsonObject> reported =
            controller
                .next(TimeUnit.NANOSECONDS.toMillis(endNs - System.nanoTime()))
                .flatMap(Controller::json)
                .filter(json -> json.has(member));
        if (reported.isPresent()) {
          return reported.get();
        }
      }
    }
    throw new ControlException(
        "the broker has no report of the node "
            + topics.address()
            + "; is it the right name, and was it ever connected?");
  }
}
