package org.ktsn.shell;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import java.util.Collection;

/** The JSON that commands print with {@code --json}: member names in snake_case, one document. */
final class Json {
  private static final Gson GSON =
      new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().serializeNulls().create();

  private Json() {}

  /** Writes a document, with a line feed at its end. */
  static String write(JsonElement document) {
    return GSON.toJson(document) + "\n";
  }

  /** Makes an array of numbers or strings. */
  static JsonArray array(Collection<?> values) {
    return GSON.toJsonTree(values).getAsJsonArray();
  }
}
