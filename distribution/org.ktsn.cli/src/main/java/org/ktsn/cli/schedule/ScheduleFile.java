package org.ktsn.cli.schedule;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.cli.ControlException;
import org.ktsn.schedule.YangScheduleCodec;

/** Schedules and settings in files. */
final class ScheduleFile {
  static final int MOST_CLASSES = 8;
  private static final String DOCUMENT_INTERFACE = "ktsn";
  private static final YangScheduleCodec CODEC = new YangScheduleCodec();

  private ScheduleFile() {}

  /** Reads a file, or standard input for {@code -}. */
  static String text(String file) {
    try {
      return file.equals("-")
          ? new String(System.in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8)
          : Files.readString(Path.of(file));
    } catch (IOException e) {
      throw new ControlException(file + " can't be read: " + e + "; name a text file", e);
    }
  }

  /**
   * Reads a schedule, JSON or short form.
   *
   * @throws org.ktsn.api.schedule.ScheduleException with every problem
   */
  static GateParameters parse(String text) {
    return CODEC.decode(text, MOST_CLASSES);
  }

  /** Writes a schedule as JSON of the YANG model. */
  static JsonObject yang(GateParameters schedule) {
    return JsonParser.parseString(CODEC.encode(schedule, DOCUMENT_INTERFACE)).getAsJsonObject();
  }

  /** Reads settings: a JSON object. */
  static JsonObject settings(Path file) {
    try {
      return JsonParser.parseString(text(file.toString())).getAsJsonObject();
    } catch (RuntimeException e) {
      if (e instanceof ControlException known) {
        throw known;
      }
      throw new ControlException(
          file + " holds no JSON object; write settings as docs/mqtt.md shows", e);
    }
  }
}
