package org.ktsn.mqtt.protocol;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.Optional;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.api.schedule.ScheduleCodec;

/**
 * What a controller wants of a node: all of it, in one message.
 *
 * @param id the message's name; the same id is the same message
 * @param version orders messages: a higher one takes the place of a lower one
 * @param node the node that it is for, {@code NETWORK/NODE}; a signed message must say so
 * @param schedule the gates
 * @param settings what else is set
 */
public record DesiredMessage(
    String id, long version, Optional<String> node, GateParameters schedule, PortSettings settings)
    implements Desired {
  private static final String DOCUMENT_INTERFACE = "ktsn";

  /** Tells whether another message asks for the same. */
  public boolean sameContent(DesiredMessage other) {
    return version == other.version
        && schedule.equals(other.schedule)
        && settings.equals(other.settings);
  }

  /** Writes the message. */
  public String encode(ScheduleCodec codec) {
    return toJson(
            id,
            version,
            node,
            JsonParser.parseString(codec.encode(schedule, DOCUMENT_INTERFACE)).getAsJsonObject(),
            settings.toJson())
        .toString();
  }

  /** Puts a message together from a schedule and settings that are JSON already. */
  public static JsonObject toJson(
      String id, long version, Optional<String> node, JsonObject schedule, JsonObject settings) {
    JsonObject message = new JsonObject();
    message.addProperty("id", id);
    message.addProperty("version", version);
    node.ifPresent(address -> message.addProperty("node", address));
    message.add("schedule", schedule);
    if (!settings.isEmpty()) {
      message.add("settings", settings);
    }
    return message;
  }
}
