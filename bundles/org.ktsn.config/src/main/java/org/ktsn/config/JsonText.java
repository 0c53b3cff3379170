package org.ktsn.config;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import java.io.StringReader;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads one JSON object: strings, booleans and numbers, and arrays of one of these. */
final class JsonText {
  private JsonText() {}

  /**
   * Reads the values.
   *
   * @throws IllegalArgumentException with a sentence, if it is no such object
   */
  static Map<String, Object> values(String document) {
    JsonReader reader = new JsonReader(new StringReader(document));
    reader.setStrictness(Strictness.STRICT);
    JsonElement parsed;
    try {
      parsed = JsonParser.parseReader(reader);
    } catch (JsonParseException e) {
      throw new IllegalArgumentException(
          "it is not JSON: "
              + String.valueOf(e.getMessage()).replaceAll("\\s+", " ")
              + "; mend it there",
          e);
    }
    if (!(parsed instanceof JsonObject object)) {
      throw new IllegalArgumentException("it is not one JSON object; write {\"NAME\": VALUE, ...}");
    }
    Map<String, Object> values = new LinkedHashMap<>();
    object.entrySet().forEach(entry -> values.put(entry.getKey(), value(entry)));
    return values;
  }

  private static Object value(Map.Entry<String, JsonElement> member) {
    return switch (member.getValue()) {
      case JsonPrimitive one -> scalar(one);
      case JsonArray several -> array(member.getKey(), several);
      default ->
          throw new IllegalArgumentException(
              "the value of "
                  + member.getKey()
                  + " is neither a string, number, boolean nor array; give one of these, or leave it out");
    };
  }

  private static Object array(String name, JsonArray array) {
    List<Object> values = new ArrayList<>();
    for (JsonElement element : array) {
      if (!(element instanceof JsonPrimitive one)) {
        throw new IllegalArgumentException(
            "the array " + name + " holds more than strings, numbers or booleans");
      }
      Object value = scalar(one);
      if (!values.isEmpty() && values.getFirst().getClass() != value.getClass()) {
        throw new IllegalArgumentException("the array " + name + " holds values of several kinds");
      }
      values.add(value);
    }
    if (values.isEmpty() || values.getFirst() instanceof String) {
      return values.toArray(new String[0]);
    }
    return switch (values.getFirst()) {
      case Long _ -> values.toArray(new Long[0]);
      case Boolean _ -> values.toArray(new Boolean[0]);
      default -> values.toArray(new Double[0]);
    };
  }

  private static Object scalar(JsonPrimitive value) {
    if (value.isBoolean()) {
      return value.getAsBoolean();
    }
    if (value.isString()) {
      return value.getAsString();
    }
    BigDecimal number = value.getAsBigDecimal();
    try {
      return number.longValueExact();
    } catch (ArithmeticException e) {
      return number.doubleValue();
    }
  }
}
