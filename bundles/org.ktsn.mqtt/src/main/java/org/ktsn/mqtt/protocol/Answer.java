package org.ktsn.mqtt.protocol;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import org.ktsn.api.schedule.ScheduleProblem;

/**
 * What a node says to a desired message.
 *
 * @param kind what became of it
 * @param node the node
 * @param id the message's id, empty if it could not be read
 * @param version its version, 0 if it could not be read
 * @param timeNs when the node said so, in TAI nanoseconds
 * @param configChangeTimeNs accepted, operational: the instant at which it takes or took effect
 * @param problems refused: why
 * @param by superseded: the id of the message that took its place, empty if that was no message
 */
public record Answer(
    Kind kind,
    String node,
    String id,
    long version,
    long timeNs,
    OptionalLong configChangeTimeNs,
    List<ScheduleProblem> problems,
    Optional<String> by) {

  /** What became of a message. */
  public enum Kind {
    /** It was validated and will take effect. */
    ACCEPTED,
    /** It was refused; nothing has changed. */
    REFUSED,
    /** Another took its place before it was in force. */
    SUPERSEDED,
    /** It is in force. */
    OPERATIONAL,
    /** It would be accepted; nothing was asked for. */
    VALID;

    /** Returns the word in messages. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Copies the problems. */
  public Answer {
    problems = List.copyOf(problems);
  }

  /** Writes the answer. */
  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    json.addProperty("answer", kind.word());
    json.addProperty("node", node);
    if (!id.isEmpty()) {
      json.addProperty("id", id);
    }
    if (version != 0) {
      json.addProperty("version", version);
    }
    json.add("time", PtpTime.write(timeNs));
    configChangeTimeNs.ifPresent(ns -> json.add("config-change-time", PtpTime.write(ns)));
    if (kind == Kind.REFUSED) {
      JsonArray array = new JsonArray();
      for (ScheduleProblem problem : problems) {
        JsonObject one = new JsonObject();
        one.addProperty("pointer", problem.pointer());
        one.addProperty("message", problem.message());
        array.add(one);
      }
      json.add("problems", array);
    }
    by.ifPresent(other -> json.addProperty("by", other));
    return json;
  }

  /**
   * Reads an answer.
   *
   * @throws RuntimeException if it is none
   */
  public static Answer fromJson(JsonObject json) {
    List<ScheduleProblem> problems = new ArrayList<>();
    if (json.has("problems")) {
      for (JsonElement element : json.getAsJsonArray("problems")) {
        JsonObject one = element.getAsJsonObject();
        problems.add(
            new ScheduleProblem(
                one.get("pointer").getAsString(), one.get("message").getAsString()));
      }
    }
    return new Answer(
        Kind.valueOf(json.get("answer").getAsString().toUpperCase(Locale.ROOT)),
        json.get("node").getAsString(),
        json.has("id") ? json.get("id").getAsString() : "",
        json.has("version") ? json.get("version").getAsLong() : 0,
        PtpTime.read(json.getAsJsonObject("time")),
        json.has("config-change-time")
            ? OptionalLong.of(PtpTime.read(json.getAsJsonObject("config-change-time")))
            : OptionalLong.empty(),
        problems,
        Optional.ofNullable(json.get("by")).map(JsonElement::getAsString));
  }
}
