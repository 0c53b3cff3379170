package org.ktsn.schedule;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.EOFException;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads JSON (RFC 8259) strictly into a tree: bounded depth, and a member that appears twice is a
 * problem. Numbers keep their text, however long.
 */
final class JsonDocument {
  private static final int MAX_DEPTH = 32;
  private static final Pattern POSITION = Pattern.compile(" at line (\\d+) column (\\d+)");

  private final Problems problems;

  /** The names and indexes that lead to the present value. */
  private final Deque<String> path = new ArrayDeque<>();

  private JsonDocument(Problems problems) {
    this.problems = problems;
  }

  /**
   * Reads a whole document.
   *
   * @throws org.ktsn.api.schedule.ScheduleException if it is no JSON, with line and column
   */
  static Json read(String text, Problems problems) {
    try (JsonReader reader = new JsonReader(new StringReader(text))) {
      reader.setStrictness(Strictness.STRICT);
      reader.setNestingLimit(MAX_DEPTH);
      Json root = new JsonDocument(problems).value(reader);
      if (reader.peek() != JsonToken.END_DOCUMENT) {
        throw Problems.only("something follows the end of the JSON; remove it");
      }
      return root;
    } catch (IOException e) {
      throw Problems.only(syntaxError(e));
    }
  }

  /** Returns a member's pointer (RFC 6901). */
  static String pointer(String parent, String member) {
    return parent + "/" + member.replace("~", "~0").replace("/", "~1");
  }

  private Json value(JsonReader reader) throws IOException {
    return switch (reader.peek()) {
      case BEGIN_OBJECT -> object(reader);
      case BEGIN_ARRAY -> array(reader);
      case STRING -> new Json.Text(reader.nextString());
      case NUMBER -> new Json.Digits(reader.nextString());
      case BOOLEAN -> new Json.Truth(reader.nextBoolean());
      default -> {
        reader.nextNull();
        yield new Json.Null();
      }
    };
  }

  private Json object(JsonReader reader) throws IOException {
    Map<String, Json> members = new LinkedHashMap<>();
    reader.beginObject();
    while (reader.hasNext()) {
      String name = reader.nextName();
      path.addLast(name);
      if (members.putIfAbsent(name, value(reader)) != null) {
        problems.add(pointer(), "appears twice; keep one");
      }
      path.removeLast();
    }
    reader.endObject();
    return new Json.Members(members);
  }

  private Json array(JsonReader reader) throws IOException {
    List<Json> elements = new ArrayList<>();
    reader.beginArray();
    while (reader.hasNext()) {
      path.addLast(Integer.toString(elements.size()));
      elements.add(value(reader));
      path.removeLast();
    }
    reader.endArray();
    return new Json.Elements(elements);
  }

  private String pointer() {
    String pointer = "";
    for (String step : path) {
      pointer = pointer(pointer, step);
    }
    return pointer;
  }

  private static String syntaxError(IOException e) {
    String message = String.valueOf(e.getMessage());
    Matcher position = POSITION.matcher(message);
    String where = "";
    String what = message;
    if (position.find()) {
      where = "line " + position.group(1) + ", column " + position.group(2) + ": ";
      what = message.substring(0, position.start());
    }
    if (e instanceof EOFException) {
      what = "the text ends too early";
    } else if (what.startsWith("Nesting limit")) {
      what = "nested more than " + MAX_DEPTH + " deep";
    } else if (what.startsWith("Use JsonReader")) {
      what = "unexpected character";
    }
    return where + "this is no JSON (" + Problems.shown(what) + "); mend it there";
  }
}
