package org.ktsn.config;

import java.lang.reflect.Array;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;

/**
 * One key of a configuration as its component describes it (OSGi Compendium 8.1 chapter 105).
 *
 * @param key its name
 * @param type the metatype's word: {@code Integer}, {@code String} ...
 * @param many whether there may be several values
 * @param min the smallest number; empty for the type's own limit
 * @param max the largest number; empty for the type's own limit
 * @param options what is allowed; empty for anything
 */
record Attribute(
    String key,
    String type,
    boolean many,
    Optional<BigDecimal> min,
    Optional<BigDecimal> max,
    List<String> options) {

  Attribute {
    options = List.copyOf(options);
  }

  /** Returns one that is described by its type alone. */
  static Attribute of(String key, String type) {
    return new Attribute(key, type, false, Optional.empty(), Optional.empty(), List.of());
  }

  /**
   * Returns a value in the type that the component expects.
   *
   * @throws IllegalArgumentException with a sentence, if it is none
   */
  Object convert(Object given) {
    List<?> values = given.getClass().isArray() ? elements(given) : List.of(given);
    if (!many) {
      if (values.size() != 1) {
        throw new IllegalArgumentException(
            key + " has " + values.size() + " values; give one " + kind());
      }
      return one(values.getFirst());
    }
    Object converted = Array.newInstance(javaType(), values.size());
    for (int i = 0; i < values.size(); i++) {
      Array.set(converted, i, one(values.get(i)));
    }
    return converted;
  }

  private static List<?> elements(Object array) {
    return java.util.stream.IntStream.range(0, Array.getLength(array))
        .mapToObj(i -> Array.get(array, i))
        .toList();
  }

  private Object one(Object given) {
    Object value =
        switch (type) {
          case "Boolean" -> truth(given);
          case "Integer", "Long", "Short", "Byte" -> whole(given);
          case "Double" -> number(given).doubleValue();
          case "Float" -> number(given).floatValue();
          case "Character" -> character(given);
          default -> text(given);
        };
    if (!options.isEmpty() && !options.contains(value.toString())) {
      throw wrong(given);
    }
    return value;
  }

  private Boolean truth(Object given) {
    String text = given.toString().strip();
    if (text.equalsIgnoreCase("true") || text.equalsIgnoreCase("false")) {
      return Boolean.valueOf(text);
    }
    throw wrong(given);
  }

  private Number whole(Object given) {
    BigInteger value;
    try {
      value = number(given).toBigIntegerExact();
    } catch (ArithmeticException e) {
      throw wrong(given, e);
    }
    try {
      return switch (type) {
        case "Integer" -> value.intValueExact();
        case "Long" -> value.longValueExact();
        case "Short" -> value.shortValueExact();
        default -> value.byteValueExact();
      };
    } catch (ArithmeticException e) {
      throw wrong(given, e);
    }
  }

  private BigDecimal number(Object given) {
    BigDecimal value;
    try {
      value = new BigDecimal(given.toString().strip());
    } catch (NumberFormatException e) {
      throw wrong(given, e);
    }
    if (Math.abs((long) value.scale()) > 400
        || min.filter(limit -> value.compareTo(limit) < 0).isPresent()
        || max.filter(limit -> value.compareTo(limit) > 0).isPresent()) {
      throw wrong(given);
    }
    return value;
  }

  private Character character(Object given) {
    String text = given.toString();
    if (text.length() != 1) {
      throw wrong(given);
    }
    return text.charAt(0);
  }

  private String text(Object given) {
    if (given instanceof String text) {
      return text;
    }
    throw wrong(given);
  }

  private IllegalArgumentException wrong(Object given) {
    return wrong(given, null);
  }

  private IllegalArgumentException wrong(Object given, RuntimeException cause) {
    return new IllegalArgumentException(
        key + " is " + shown(given) + "; give " + kind() + range(), cause);
  }

  private static String shown(Object given) {
    String text = given.toString();
    String brief = text.length() > 64 ? text.substring(0, 64) + "..." : text;
    return given instanceof String ? "'" + brief + "'" : brief;
  }

  private String kind() {
    if (!options.isEmpty()) {
      return "one of " + String.join(", ", options);
    }
    return switch (type) {
      case "Boolean" -> "true or false";
      case "Integer", "Long", "Short", "Byte" -> "a whole number";
      case "Double", "Float" -> "a number";
      case "Character" -> "one character";
      default -> "a text (in JSON, in quotes)";
    };
  }

  private String range() {
    if (!options.isEmpty()) {
      return "";
    }
    Optional<String> least = min.map(BigDecimal::toPlainString).or(() -> limit(true));
    Optional<String> most = max.map(BigDecimal::toPlainString).or(() -> limit(false));
    return least.isPresent() && most.isPresent()
        ? " from " + least.get() + " to " + most.get()
        : "";
  }

  private Optional<String> limit(boolean least) {
    return switch (type) {
      case "Integer" ->
          Optional.of(Integer.toString(least ? Integer.MIN_VALUE : Integer.MAX_VALUE));
      case "Long" -> Optional.of(Long.toString(least ? Long.MIN_VALUE : Long.MAX_VALUE));
      case "Short" -> Optional.of(Short.toString(least ? Short.MIN_VALUE : Short.MAX_VALUE));
      case "Byte" -> Optional.of(Byte.toString(least ? Byte.MIN_VALUE : Byte.MAX_VALUE));
      default -> Optional.empty();
    };
  }

  private Class<?> javaType() {
    return switch (type) {
      case "Boolean" -> Boolean.class;
      case "Integer" -> Integer.class;
      case "Long" -> Long.class;
      case "Short" -> Short.class;
      case "Byte" -> Byte.class;
      case "Double" -> Double.class;
      case "Float" -> Float.class;
      case "Character" -> Character.class;
      default -> String.class;
    };
  }
}
