package org.ktsn.launcher;

import jakarta.json.JsonArray;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Looks at a feature before it is read: the reader drops what it does not know, and cuts numbers
 * that don't fit. What can't be taken is refused with file, key, value and remedy; what may be
 * there and means nothing to KTSN is logged.
 */
final class FeatureCheck {
  private static final Set<String> TEXTS =
      Set.of(
          "feature-resource-version",
          "id",
          "name",
          "description",
          "docURL",
          "license",
          "scm",
          "vendor");
  private static final Set<String> BUNDLE = Set.of("id", "start-level");
  private static final Set<String> CONTENT_KINDS = Set.of("text", "json", "artifacts");

  /** A key of a configuration with its type (OSGi Compendium 8.1 section 150.3.5). */
  private static final Pattern TYPED =
      Pattern.compile("[^:]+:(?:Collection<(\\w+)>|(\\w+)\\[]|(\\w+|Collection))");

  private static final Map<String, BigInteger> LARGEST =
      Map.of(
          "Byte", BigInteger.valueOf(Byte.MAX_VALUE),
          "Short", BigInteger.valueOf(Short.MAX_VALUE),
          "Integer", BigInteger.valueOf(Integer.MAX_VALUE),
          "Long", BigInteger.valueOf(Long.MAX_VALUE));

  private final String file;
  private final List<String> passedOver = new ArrayList<>();

  private FeatureCheck(String file) {
    this.file = file;
  }

  /**
   * Checks a feature.
   *
   * @param file its file, for sentences
   * @return what in it is passed over, a sentence each
   * @throws LaunchException if something in it can't be taken
   */
  static List<String> check(String file, JsonObject feature) {
    FeatureCheck check = new FeatureCheck(file);
    check.feature(feature);
    return check.passedOver;
  }

  private void feature(JsonObject feature) {
    if (!feature.containsKey("id")) {
      throw refused("it has no 'id'; give it one, for instance \"id\": \"org.example:mine:1.0.0\"");
    }
    feature.forEach(
        (key, value) -> {
          switch (key) {
            case "bundles" -> array(key, value).forEach(this::bundle);
            case "configurations" -> object(key, value).forEach(this::configuration);
            case "extensions" -> object(key, value).forEach(this::extension);
            case "variables" -> object(key, value).forEach(this::variable);
            case "categories" -> array(key, value).forEach(item -> text(key, item));
            case "complete" -> {
              if (value != JsonValue.TRUE && value != JsonValue.FALSE) {
                throw wrong(key, value, "give true or false");
              }
            }
            default -> {
              if (!TEXTS.contains(key)) {
                throw refused(
                    "the key '"
                        + key
                        + "' is unknown; correct it, or remove it (bundles, configurations and"
                        + " extensions are taken)");
              }
              text(key, value);
            }
          }
        });
  }

  private void bundle(JsonValue bundle) {
    if (!(bundle instanceof JsonObject object)) {
      throw wrong(
          "bundles",
          bundle,
          bundle instanceof JsonString name
              ? "write {\"id\": \"" + name.getString() + "\"}"
              : "give objects such as {\"id\": \"org.example:mine:1.0.0\"}");
    }
    if (!object.containsKey("id")) {
      throw wrong("bundles", bundle, "give it an \"id\"");
    }
    object.forEach(
        (key, value) -> {
          if (key.equals("id")) {
            text("bundles/id", value);
          } else if (value == JsonValue.NULL) {
            throw wrong("bundles/" + key, value, "give a value, or remove the key");
          } else if (key.equals("start-level") && !(value instanceof JsonNumber)) {
            throw wrong(
                "bundles/" + key,
                value,
                "give a whole number from 1 to " + FeatureReader.HIGHEST_START_LEVEL);
          } else if (!BUNDLE.contains(key)) {
            passedOver("bundles/" + key, "a bundle has an id and a start-level here");
          }
        });
  }

  private void configuration(String pid, JsonValue values) {
    object("configurations/" + pid, values)
        .forEach((key, value) -> configured("configurations/" + pid + "/" + key, key, value));
  }

  private void configured(String place, String key, JsonValue value) {
    if (value == JsonValue.NULL) {
      throw wrong(place, value, "give a value, or remove the key");
    }
    Matcher typed = TYPED.matcher(key);
    if (!typed.matches()) {
      return;
    }
    String several = typed.group(1) == null ? typed.group(2) : typed.group(1);
    if (several == null) {
      number(place, typed.group(3), value);
    } else if (value instanceof JsonArray items) {
      items.forEach(item -> number(place, several, item));
    } else {
      number(place, several, value);
    }
  }

  /** Checks that a whole number fits into its type. */
  private void number(String place, String type, JsonValue value) {
    BigInteger largest = LARGEST.get(type);
    if (largest == null) {
      return;
    }
    BigInteger smallest = largest.negate().subtract(BigInteger.ONE);
    String remedy = "give a whole number from " + smallest + " to " + largest;
    try {
      BigDecimal given =
          switch (value) {
            case JsonNumber number -> number.bigDecimalValue();
            case JsonString text -> new BigDecimal(text.getString().strip());
            default -> throw wrong(place, value, remedy);
          };
      if (given.stripTrailingZeros().scale() > 0
          || given.compareTo(new BigDecimal(smallest)) < 0
          || given.compareTo(new BigDecimal(largest)) > 0) {
        throw wrong(place, value, remedy);
      }
    } catch (NumberFormatException e) {
      throw wrong(place, value, remedy);
    }
  }

  private void extension(String name, JsonValue value) {
    String place = "extensions/" + name;
    JsonObject extension = object(place, value);
    extension.forEach(
        (key, member) -> {
          if (!CONTENT_KINDS.contains(key)) {
            text(place + "/" + key, member);
          }
        });
    if (name.equals(FeatureReader.SERVICES)) {
      array(place + "/text", extension.getOrDefault("text", JsonValue.NULL))
          .forEach(line -> text(place + "/text", line));
    } else if (extension.getString("kind", "optional").equalsIgnoreCase("mandatory")) {
      throw refused(
          "the extension '"
              + name
              + "' is mandatory, and KTSN does not know it; remove it, or make its kind optional");
    } else {
      passedOver(place, "KTSN knows the extension " + FeatureReader.SERVICES + " only");
    }
  }

  private void variable(String name, JsonValue value) {
    passedOver("variables/" + name, "KTSN puts in no variables");
    if (value instanceof JsonObject || value instanceof JsonArray) {
      throw wrong("variables/" + name, value, "give one value");
    }
  }

  private JsonArray array(String place, JsonValue value) {
    if (value instanceof JsonArray array) {
      return array;
    }
    throw wrong(place, value, "give an array");
  }

  private JsonObject object(String place, JsonValue value) {
    if (value instanceof JsonObject object) {
      return object;
    }
    throw wrong(place, value, "give an object");
  }

  private void text(String place, JsonValue value) {
    if (!(value instanceof JsonString)) {
      throw wrong(place, value, "give a text in quotes");
    }
  }

  private void passedOver(String place, String reason) {
    passedOver.add("the feature " + file + " has " + place + ", which is passed over: " + reason);
  }

  private LaunchException wrong(String place, JsonValue value, String remedy) {
    String text = value.toString();
    String brief = text.length() > 80 ? text.substring(0, 80) + "..." : text;
    return refused(place + " is " + brief + "; " + remedy);
  }

  private LaunchException refused(String reason) {
    return new LaunchException("the feature " + file + " can't be read: " + reason);
  }
}
