package org.ktsn.schedule;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * One value of the document with its place. Reading it as a type (RFC 7951) gives the value, or
 * nothing and a problem with the remedy.
 */
record Leaf(Json value, String pointer, Problems problems) {
  private static final Pattern WHOLE = Pattern.compile("-?[0-9]+");
  private static final int MAX_DIGITS = 20;

  Leaf member(String name, Json member) {
    return new Leaf(member, JsonDocument.pointer(pointer, name), problems);
  }

  Leaf element(int index, Json element) {
    return new Leaf(element, pointer + "/" + index, problems);
  }

  boolean isObject() {
    return value instanceof Json.Members;
  }

  /** The members of an object; none if it is something else. */
  Map<String, Json> members() {
    if (value instanceof Json.Members(Map<String, Json> members)) {
      return members;
    }
    problem("is " + shown() + "; give an object");
    return Map.of();
  }

  /** The elements of an array; none if it is something else. */
  List<Json> elements() {
    if (value instanceof Json.Elements(List<Json> elements)) {
      return elements;
    }
    problem("is " + shown() + "; give an array");
    return List.of();
  }

  Optional<Boolean> bool() {
    if (value instanceof Json.Truth(boolean truth)) {
      return Optional.of(truth);
    }
    problem("is " + shown() + "; give true or false");
    return Optional.empty();
  }

  Optional<String> string() {
    if (value instanceof Json.Text(String text)) {
      return Optional.of(text);
    }
    problem("is " + shown() + "; give a string");
    return Optional.empty();
  }

  /** A number of 32 bits or fewer: a JSON number. */
  OptionalLong number(long min, long max) {
    if (value instanceof Json.Digits(String literal)) {
      return whole(literal, min, max);
    }
    problem(
        value instanceof Json.Text(String text) && WHOLE.matcher(text).matches()
            ? "is " + shown() + "; write this number without quotes"
            : "is " + shown() + "; give a number from " + min + " to " + max);
    return OptionalLong.empty();
  }

  /** A number of 64 bits: a JSON string. */
  OptionalLong number64(long min, long max) {
    if (value instanceof Json.Text(String text)) {
      return whole(text, min, max);
    }
    problem(
        value instanceof Json.Digits
            ? "is " + shown() + "; 64-bit numbers are JSON strings, write it in quotes"
            : "is " + shown() + "; give a number from " + min + " to " + max + " in quotes");
    return OptionalLong.empty();
  }

  void problem(String message) {
    problems.add(pointer, message);
  }

  private OptionalLong whole(String text, long min, long max) {
    if (!WHOLE.matcher(text).matches()) {
      problem("is " + shown() + "; give a whole number, without fraction or exponent");
      return OptionalLong.empty();
    }
    if (text.length() < MAX_DIGITS) {
      long number = Long.parseLong(text);
      if (number >= min && number <= max) {
        return OptionalLong.of(number);
      }
    }
    problem("is " + Problems.shown(text) + "; give a number from " + min + " to " + max);
    return OptionalLong.empty();
  }

  private String shown() {
    return switch (value) {
      case Json.Members _ -> "an object";
      case Json.Elements _ -> "an array";
      case Json.Text(String text) -> "the string \"" + Problems.shown(text) + "\"";
      case Json.Digits(String literal) -> Problems.shown(literal);
      case Json.Truth(boolean truth) -> Boolean.toString(truth);
      case Json.Null() -> "null";
    };
  }
}
