package org.ktsn.mqtt.protocol;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Takes JSON (RFC 8259) apart without building a tree of it: a stranger wrote it. Nesting is
 * bounded, a member that appears twice is a problem, and numbers stay text, however long.
 */
final class JsonText {
  /** A schedule's 32 levels and those around it. */
  private static final int MAX_DEPTH = 40;

  private JsonText() {}

  /** Returns the text of UTF-8; nothing if it is none. */
  static Optional<String> decode(byte[] octets) {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(octets)).toString();
      return Optional.of(text.startsWith("\ufeff") ? text.substring(1) : text);
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }

  /**
   * Reads an object's members, each as the JSON text of its value; none if it can't be read.
   *
   * @param pointer where the object stands in the message
   */
  static Map<String, String> members(String text, String pointer, Problems problems) {
    Map<String, String> members = new LinkedHashMap<>();
    try (JsonReader reader = new JsonReader(new StringReader(text))) {
      reader.setStrictness(Strictness.STRICT);
      reader.setNestingLimit(MAX_DEPTH);
      if (reader.peek() != JsonToken.BEGIN_OBJECT) {
        problems.add(pointer, "is no JSON object; give one, in braces");
        return Map.of();
      }
      reader.beginObject();
      while (reader.hasNext()) {
        String name = reader.nextName();
        if (members.putIfAbsent(name, copy(reader)) != null) {
          problems.add(pointer + "/" + Problems.shown(name), "appears twice; keep one");
        }
      }
      reader.endObject();
      if (reader.peek() != JsonToken.END_DOCUMENT) {
        problems.add(pointer, "has something behind its end; remove it");
      }
      return members;
    } catch (IOException | IllegalStateException e) {
      problems.add(
          pointer, "is no JSON (" + Problems.shown(String.valueOf(e.getMessage())) + "); mend it");
      return Map.of();
    }
  }

  private static String copy(JsonReader reader) throws IOException {
    StringWriter text = new StringWriter();
    JsonWriter writer = new JsonWriter(text);
    writer.setStrictness(Strictness.LENIENT); // a value need not be an object
    copy(reader, writer);
    writer.flush();
    return text.toString();
  }

  private static void copy(JsonReader reader, JsonWriter writer) throws IOException {
    switch (reader.peek()) {
      case BEGIN_OBJECT -> {
        reader.beginObject();
        writer.beginObject();
        while (reader.hasNext()) {
          writer.name(reader.nextName());
          copy(reader, writer);
        }
        reader.endObject();
        writer.endObject();
      }
      case BEGIN_ARRAY -> {
        reader.beginArray();
        writer.beginArray();
        while (reader.hasNext()) {
          copy(reader, writer);
        }
        reader.endArray();
        writer.endArray();
      }
      case STRING -> writer.value(reader.nextString());
      case NUMBER -> writer.jsonValue(reader.nextString());
      case BOOLEAN -> writer.value(reader.nextBoolean());
      default -> {
        reader.nextNull();
        writer.nullValue();
      }
    }
  }
}
