package org.ktsn.binder.ovs;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The notation of values in OVSDB (RFC 7047 section 5.1). */
final class OvsdbValue {
  private OvsdbValue() {}

  static JsonArray uuid(String uuid) {
    return tagged("uuid", uuid);
  }

  static JsonArray namedUuid(String name) {
    return tagged("named-uuid", name);
  }

  static JsonArray set(List<? extends JsonElement> elements) {
    JsonArray members = new JsonArray();
    elements.forEach(members::add);
    return tagged("set", members);
  }

  static JsonArray map(Map<String, String> entries) {
    JsonArray pairs = new JsonArray();
    entries.forEach(
        (key, value) -> {
          JsonArray pair = new JsonArray();
          pair.add(key);
          pair.add(value);
          pairs.add(pair);
        });
    return tagged("map", pairs);
  }

  /** Reads a set: a set of one may stand without its brackets. */
  static List<JsonElement> readSet(JsonElement value) {
    if (isTagged(value, "set")) {
      List<JsonElement> members = new ArrayList<>();
      value.getAsJsonArray().get(1).getAsJsonArray().forEach(members::add);
      return members;
    }
    return List.of(value);
  }

  /** Reads a set of at most one. */
  static Optional<JsonElement> readOptional(JsonElement value) {
    return readSet(value).stream().findFirst();
  }

  static List<String> readStrings(JsonElement value) {
    return readSet(value).stream().map(JsonElement::getAsString).toList();
  }

  static List<String> readUuids(JsonElement value) {
    return readSet(value).stream().map(OvsdbValue::readUuid).toList();
  }

  static String readUuid(JsonElement value) {
    if (!isTagged(value, "uuid")) {
      throw new JsonParseException(value + " is not a UUID");
    }
    return value.getAsJsonArray().get(1).getAsString();
  }

  static Map<String, String> readMap(JsonElement value) {
    if (!isTagged(value, "map")) {
      throw new JsonParseException(value + " is not a map");
    }
    Map<String, String> entries = new LinkedHashMap<>();
    for (JsonElement element : value.getAsJsonArray().get(1).getAsJsonArray()) {
      JsonArray pair = element.getAsJsonArray();
      entries.put(pair.get(0).getAsString(), pair.get(1).getAsString());
    }
    return entries;
  }

  private static boolean isTagged(JsonElement value, String tag) {
    return value instanceof JsonArray array
        && array.size() == 2
        && array.get(0).isJsonPrimitive()
        && array.get(0).getAsString().equals(tag);
  }

  private static JsonArray tagged(String tag, String value) {
    JsonArray array = new JsonArray(2);
    array.add(tag);
    array.add(value);
    return array;
  }

  private static JsonArray tagged(String tag, JsonElement value) {
    JsonArray array = new JsonArray(2);
    array.add(tag);
    array.add(value);
    return array;
  }
}
