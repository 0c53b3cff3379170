package org.ktsn.yang;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * One value of a document with its place. Reading it as a type (RFC 7951) gives the value, or
 * nothing and a problem with the remedy.
 */
public final class YangNode {
  /** The value null. */
  static final Object NULL = new Object();

  private static final Pattern WHOLE = Pattern.compile("-?[0-9]+");
  private static final int MAX_DIGITS = 20;

  private final Object value;
  private final Place place;
  private final Problems problems;

  /** A number as it is written, however long. */
  record Digits(String literal) {}

  /**
   * Makes one.
   *
   * @param value a {@code Map} of names to nodes, a {@code List} of nodes, a {@code String}, {@link
   *     Digits}, a {@code Boolean} or {@link #NULL}
   */
  YangNode(Object value, Place place, Problems problems) {
    this.value = value;
    this.place = place;
    this.problems = problems;
  }

  /** Returns the members of an object by their full names; none if it is something else. */
  @SuppressWarnings("unchecked") // as made by YangDocument
  public Map<String, YangNode> members() {
    if (value instanceof Map<?, ?> members) {
      return (Map<String, YangNode>) members;
    }
    problem("is " + shown() + "; give an object");
    return Map.of();
  }

  /** Returns the elements of an array; none if it is something else. */
  @SuppressWarnings("unchecked") // as made by YangDocument
  public List<YangNode> elements() {
    if (value instanceof List<?> elements) {
      return (List<YangNode>) elements;
    }
    problem("is " + shown() + "; give an array");
    return List.of();
  }

  /** Tells whether it is an object. */
  public boolean isObject() {
    return value instanceof Map<?, ?>;
  }

  /** Returns a boolean. */
  public Optional<Boolean> bool() {
    if (value instanceof Boolean truth) {
      return Optional.of(truth);
    }
    problem("is " + shown() + "; give true or false");
    return Optional.empty();
  }

  /** Returns a string. */
  public Optional<String> string() {
    if (value instanceof String text) {
      return Optional.of(text);
    }
    problem("is " + shown() + "; give a string");
    return Optional.empty();
  }

  /** Tells whether it is an empty leaf, written as {@code [null]}. */
  public boolean empty() {
    if (value instanceof List<?> elements
        && elements.size() == 1
        && ((YangNode) elements.getFirst()).value == NULL) {
      return true;
    }
    problem("is " + shown() + "; an empty leaf is written as [null]");
    return false;
  }

  /** Returns a number of 32 bits or fewer: a JSON number (RFC 7951 section 6.1). */
  public OptionalLong number(long min, long max) {
    if (value instanceof Digits(String literal)) {
      return whole(literal, min, max);
    }
    problem(
        value instanceof String text && WHOLE.matcher(text).matches()
            ? "is " + shown() + "; write this number without quotes"
            : "is " + shown() + "; give a number from " + min + " to " + max);
    return OptionalLong.empty();
  }

  /** Returns a number of 64 bits: a JSON string (RFC 7951 section 6.1). */
  public OptionalLong number64(long min, long max) {
    if (value instanceof String text) {
      return whole(text, min, max);
    }
    problem(
        value instanceof Digits
            ? "is " + shown() + "; 64-bit numbers are JSON strings, write it in quotes"
            : "is " + shown() + "; give a number from " + min + " to " + max + " in quotes");
    return OptionalLong.empty();
  }

  /** Says what is wrong with it, with the value and the remedy: a clause after its place. */
  public void problem(String message) {
    problems.add(place, message);
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
      case Map<?, ?> _ -> "an object";
      case List<?> _ -> "an array";
      case String text -> "the string \"" + Problems.shown(text) + "\"";
      case Digits(String literal) -> Problems.shown(literal);
      case Boolean truth -> truth.toString();
      default -> "null";
    };
  }
}
