package org.ktsn.cli.schedule;

import com.google.gson.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.ktsn.cli.ControlException;
import org.ktsn.mqtt.protocol.Topics;

/** Reads what a node reports; the broker has it, even while the node is away. */
final class ReportedSchedule {
  private ReportedSchedule() {}

  /**
   * Reads it.
   *
   * @throws ControlException if the broker has nothing of this node
   */
  static JsonObject read(BrokerOptions options, String node) {
    Topics topics = options.topics(node);
    try (Controller controller = new Controller(options)) {
      controller.connect(List.of(topics.reported()));
      long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(options.timeoutMs());
      while (System.nanoTime() < endNs) {
        Optional<JsonObject> reported =
            controller
                .next(TimeUnit.NANOSECONDS.toMillis(endNs - System.nanoTime()))
                .flatMap(Controller::json)
                .filter(json -> json.has("schedule"));
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
