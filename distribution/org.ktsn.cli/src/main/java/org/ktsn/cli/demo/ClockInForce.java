package org.ktsn.cli.demo;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import org.ktsn.cli.testbed.QuantileTable;
import org.ktsn.cli.testbed.Quantiles;

/**
 * How good the node's clock was while a flow ran.
 *
 * @param spans its states, one after the other, without a gap
 * @param offsetNs how far it was from the grandmaster, either way
 * @param samples how often the monitor was asked
 * @param grandmaster the clock identity of the grandmaster; empty if there was none
 * @param reasons what the monitor had to say of the states
 */
record ClockInForce(
    List<Span> spans, Quantiles offsetNs, int samples, String grandmaster, List<Reason> reasons) {
  private static final int COLUMNS = 79;
  private static final long MILLISECOND = 1_000_000L;
  private static final long SECOND = 1_000_000_000L;
  private static final String GOOD = "synchronised";

  /**
   * A state and when the clock was in it, counted from the first launch time.
   *
   * @param state as {@code ktsn:ptp} calls it
   * @param reason the code of the reason
   * @param fromNs when it began
   * @param toNs when it ended
   */
  record Span(String state, String reason, long fromNs, long toNs) {}

  /**
   * A reason.
   *
   * @param code what programs know it by
   * @param sentence what it means; empty if it was over before the monitor was asked
   */
  record Reason(String code, String sentence) {}

  /** Copies the lists. */
  ClockInForce {
    Objects.requireNonNull(grandmaster);
    spans = List.copyOf(spans);
    reasons = List.copyOf(reasons);
  }

  /** Returns the report as lines for people, 80 columns wide at most. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.addAll(
        block("clock", spans.stream().map(ClockInForce::words).collect(Collectors.joining(", "))));
    if (!grandmaster.isEmpty()) {
      lines.addAll(block("", "grandmaster " + grandmaster));
    }
    for (Reason reason : reasons) {
      if (!reason.sentence().isEmpty()) {
        lines.addAll(block("", reason.sentence() + " (" + reason.code() + ")"));
      }
    }
    lines.add("");
    lines.addAll(
        new QuantileTable("")
            .microseconds("offset, " + samples + (samples == 1 ? " sample" : " samples"), offsetNs)
            .lines());
    return lines;
  }

  /** Returns the report as JSON; docs/demo.md describes it. */
  JsonObject toJson() {
    JsonArray states = new JsonArray();
    for (Span span : spans) {
      JsonObject item = new JsonObject();
      item.addProperty("state", span.state());
      item.addProperty("from_ms", span.fromNs() / MILLISECOND);
      item.addProperty("to_ms", span.toNs() / MILLISECOND);
      states.add(item);
    }
    JsonArray why = new JsonArray();
    for (Reason reason : reasons) {
      JsonObject item = new JsonObject();
      item.addProperty("code", reason.code());
      item.addProperty("sentence", reason.sentence());
      why.add(item);
    }
    JsonObject json = new JsonObject();
    json.add("states", states);
    json.add("offset_ns", offsetNs.toJsonNs());
    json.addProperty("samples", samples);
    json.addProperty("grandmaster", grandmaster);
    json.add("reasons", why);
    return json;
  }

  private static String words(Span span) {
    long lengthNs = span.toNs() - span.fromNs();
    String words =
        span.state()
            + (lengthNs < SECOND
                ? " " + Math.ceilDiv(lengthNs, MILLISECOND) + " ms"
                : String.format(Locale.ROOT, " %.1f s", (double) lengthNs / SECOND));
    return span.state().equals(GOOD) ? words : words + " (" + span.reason() + ")";
  }

  /** Breaks a text between its words, with a heading to the left of its first line. */
  private static List<String> block(String heading, String text) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%-8s", heading));
    for (String word : text.split("\\s+", -1)) {
      if (line.length() + 1 + word.length() > COLUMNS) {
        lines.add(line.toString());
        line = new StringBuilder(" ".repeat(8));
      }
      line.append(' ').append(word);
    }
    lines.add(line.toString());
    return lines;
  }
}
