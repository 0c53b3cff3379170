package org.ktsn.mqtt.protocol;

import com.google.gson.JsonObject;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.osgi.annotation.versioning.ProviderType;

/** A question to a node; asking changes nothing. */
@ProviderType
public sealed interface Request {
  /** What is in force? Answered with what the node reports. */
  record Get() implements Request {}

  /**
   * Would the node accept this? Answered with valid or refused.
   *
   * @param desired the JSON of a desired message
   */
  record Validate(String desired) implements Request {}

  /**
   * It can't be understood.
   *
   * @param problems why
   */
  record Unknown(Problems problems) implements Request {}

  /** Reads a question. */
  static Request read(byte[] payload) {
    Problems problems = new Problems();
    Optional<String> text = JsonText.decode(payload);
    if (text.isEmpty()) {
      problems.add("", "is not UTF-8; give JSON in UTF-8");
      return new Unknown(problems);
    }
    Map<String, Field> fields =
        new Field(text.get(), "", problems).fields(Set.of("request", "desired"));
    Optional<Field> kind = Optional.ofNullable(fields.get("request"));
    String word = kind.flatMap(Field::string).orElse("");
    Optional<Field> desired = Optional.ofNullable(fields.get("desired"));
    if (problems.isEmpty() && word.equals("get") && desired.isEmpty()) {
      return new Get();
    }
    if (problems.isEmpty() && word.equals("validate") && desired.isPresent()) {
      return new Validate(desired.get().json());
    }
    if (problems.isEmpty()) {
      problems.add(
          "/request", "is not understood; give \"get\", or \"validate\" and a desired message");
    }
    return new Unknown(problems);
  }

  /** Writes a question for what is in force. */
  static JsonObject get() {
    JsonObject json = new JsonObject();
    json.addProperty("request", "get");
    return json;
  }

  /** Writes the question whether a message would be accepted. */
  static JsonObject validate(JsonObject desired) {
    JsonObject json = new JsonObject();
    json.addProperty("request", "validate");
    json.add("desired", desired);
    return json;
  }
}
