package org.ktsn.shell;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;

/** The JSON that commands print with {@code --json}: member names in snake_case, one document. */
final class Json {
  private static final Gson GSON =
      new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().serializeNulls().create();

  private Json() {}

  /** Writes a document, with a line feed at its end. */
  static String write(JsonElement document) {
    return GSON.toJson(document) + "\n";
  }

  /** Makes an object of counts by name, in the names' order. */
  static JsonObject counts(Map<String, Long> counts) {
    JsonObject object = new JsonObject();
    new TreeMap<>(counts).forEach(object::addProperty);
    return object;
  }

  /** Makes an array of numbers or strings. */
  static JsonArray array(Collection<?> values) {
    return GSON.toJsonTree(values).getAsJsonArray();
  }
}
