package org.ktsn.mqtt.protocol;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * One value of a message with its place. Reading it as a type gives the value, or nothing and a
 * problem with the remedy.
 *
 * @param json the value's JSON
 */
record Field(String json, String pointer, Problems problems) {
  private static final Pattern WHOLE = Pattern.compile("-?[0-9]{1,18}");

  /** Reads an object's fields; what is not known in it is a problem. */
  Map<String, Field> fields(Set<String> known) {
    Map<String, Field> fields = new java.util.LinkedHashMap<>();
    JsonText.members(json, pointer, problems)
        .forEach(
            (name, value) -> {
              Field field = new Field(value, pointer + "/" + Problems.shown(name), problems);
              if (known.contains(name)) {
                fields.put(name, field);
              } else {
                field.problem("is not known here; remove it or correct its name");
              }
            });
    return fields;
  }

  /** The elements of an array. */
  List<Field> elements() {
    List<Field> elements = new ArrayList<>();
    if (json.startsWith("[")) {
      JsonArray array = JsonParser.parseString(json).getAsJsonArray();
      for (int i = 0; i < array.size(); i++) {
        elements.add(new Field(array.get(i).toString(), pointer + "/" + i, problems));
      }
    } else {
      problem("is " + Problems.shown(json) + "; give an array");
    }
    return elements;
  }

  boolean isString() {
    return json.startsWith("\"");
  }

  Optional<String> string() {
    if (isString()) {
      return Optional.of(JsonParser.parseString(json).getAsString());
    }
    problem("is " + Problems.shown(json) + "; give a string");
    return Optional.empty();
  }

  /** A string of a form; what the form is tells the problem. */
  Optional<String> string(Pattern form, String description) {
    Optional<String> text = string();
    if (text.isPresent() && !form.matcher(text.get()).matches()) {
      problem("is " + Problems.shown(json) + "; give " + description);
      return Optional.empty();
    }
    return text;
  }

  /** A number, without quotes. */
  OptionalLong number(long min, long max) {
    return whole(json, min, max, "");
  }

  /** A number of 64 bits: a JSON string (RFC 7951). */
  OptionalLong number64(long min, long max) {
    JsonElement value = isString() ? JsonParser.parseString(json) : new JsonPrimitive("");
    return whole(value.getAsString(), min, max, " in quotes");
  }

  void problem(String message) {
    problems.add(pointer, message);
  }

  private OptionalLong whole(String text, long min, long max, String how) {
    if (WHOLE.matcher(text).matches()) {
      long number = Long.parseLong(text);
      if (number >= min && number <= max) {
        return OptionalLong.of(number);
      }
    }
    problem(
        "is " + Problems.shown(json) + "; give a whole number from " + min + " to " + max + how);
    return OptionalLong.empty();
  }
}
