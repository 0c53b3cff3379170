package org.ktsn.yang;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.EOFException;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads JSON (RFC 8259) strictly into a tree of {@link YangNode}: bounded depth, and a member that
 * appears twice is a problem. Numbers keep their text, however long. Any thread.
 */
public final class YangDocument {
  private static final int MAX_DEPTH = 32;
  private static final Pattern POSITION = Pattern.compile(" at line (\\d+) column (\\d+)");

  private final JsonReader reader;
  private final Problems problems;

  private YangDocument(JsonReader reader, Problems problems) {
    this.reader = reader;
    this.problems = problems;
  }

  /**
   * Reads a whole document.
   *
   * @param problems what is wrong with it goes there
   * @throws RuntimeException the reader's own, made by {@code problems}, if it is no JSON, with
   *     line and column
   */
  public static YangNode read(String text, Problems problems) {
    try (JsonReader reader = new JsonReader(new StringReader(text))) {
      reader.setStrictness(Strictness.STRICT);
      reader.setNestingLimit(MAX_DEPTH);
      YangNode root = new YangDocument(reader, problems).node(Place.DOCUMENT);
      if (reader.peek() != JsonToken.END_DOCUMENT) {
        throw problems.only("something follows the end of the JSON; remove it");
      }
      return root;
    } catch (IOException e) {
      throw problems.only(syntaxError(e));
    }
  }

  private YangNode node(Place place) throws IOException {
    Object value =
        switch (reader.peek()) {
          case BEGIN_OBJECT -> members(place);
          case BEGIN_ARRAY -> elements(place);
          case STRING -> reader.nextString();
          case NUMBER -> new YangNode.Digits(reader.nextString());
          case BOOLEAN -> reader.nextBoolean();
          default -> {
            reader.nextNull();
            yield YangNode.NULL;
          }
        };
    return new YangNode(value, place, problems);
  }

  private Map<String, YangNode> members(Place place) throws IOException {
    Map<String, YangNode> members = new LinkedHashMap<>();
    reader.beginObject();
    while (reader.hasNext()) {
      String name = reader.nextName();
      Place member = place.below(name);
      if (members.putIfAbsent(name, node(member)) != null) {
        problems.add(member, "appears twice; keep one");
      }
    }
    reader.endObject();
    return members;
  }

  private List<YangNode> elements(Place place) throws IOException {
    List<YangNode> elements = new ArrayList<>();
    reader.beginArray();
    while (reader.hasNext()) {
      elements.add(node(place.below(elements.size())));
    }
    reader.endArray();
    return elements;
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
