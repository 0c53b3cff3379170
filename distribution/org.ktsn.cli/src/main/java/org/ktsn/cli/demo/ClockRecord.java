package org.ktsn.cli.demo;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.testbed.Quantiles;

/**
 * What the PTP monitor says in the course of a run. It is asked now and then, but tells of each
 * change of the clock's quality since, so that none is missed. One thread.
 */
final class ClockRecord {
  private final NavigableMap<Long, Change> changes = new TreeMap<>();
  private final Map<String, String> sentences = new LinkedHashMap<>();
  private final List<Long> offsetsNs = new ArrayList<>();
  private String grandmaster = "";
  private int samples;

  /** What the clock became, and why. */
  private record Change(String state, String reason) {}

  /** Takes note of when the clock became what it is; nothing else of the answer counts. */
  void takeChanges(JsonObject answer) {
    List<JsonElement> reasons = answer.getAsJsonArray("reasons").asList();
    String reason = reasons.isEmpty() ? "" : text(reasons.getFirst(), "code");
    changes.put(answer.get("since_tai_ns").getAsLong(), new Change(text(answer, "state"), reason));
    for (JsonElement each : answer.getAsJsonArray("transitions")) {
      changes.put(
          each.getAsJsonObject().get("at_tai_ns").getAsLong(),
          new Change(text(each, "to"), text(each, "reason")));
    }
  }

  /** Takes up an answer that was given while the flow ran. */
  void take(JsonObject answer) {
    samples++;
    takeChanges(answer);
    for (JsonElement reason : answer.getAsJsonArray("reasons")) {
      sentences.put(text(reason, "code"), text(reason, "sentence"));
    }
    if (!answer.get("offset_ns").isJsonNull()) {
      offsetsNs.add(answer.get("offset_ns").getAsLong());
    }
    if (!text(answer, "grandmaster").isEmpty()) {
      grandmaster = text(answer, "grandmaster");
    }
  }

  /**
   * Returns what the clock was from one instant to another, both in TAI nanoseconds.
   *
   * @throws CommandFailure if nothing is known of it
   */
  ClockInForce between(long fromNs, long toNs) {
    if (changes.isEmpty()) {
      throw new CommandFailure("The PTP monitor has said nothing; its log, ktsnd.log, tells why.");
    }
    List<ClockInForce.Span> spans = new ArrayList<>();
    long startNs = fromNs;
    Map.Entry<Long, Change> before = changes.floorEntry(fromNs);
    Change now = (before == null ? changes.firstEntry() : before).getValue();
    for (Map.Entry<Long, Change> next : changes.subMap(fromNs, false, toNs, false).entrySet()) {
      if (!next.getValue().state().equals(now.state())) {
        spans.add(span(now, startNs - fromNs, next.getKey() - fromNs));
        startNs = next.getKey();
        now = next.getValue();
      }
    }
    spans.add(span(now, startNs - fromNs, toNs - fromNs));
    Map<String, String> reasons = new LinkedHashMap<>(sentences);
    spans.stream()
        .map(ClockInForce.Span::reason)
        .filter(code -> !code.isEmpty())
        .forEach(code -> reasons.putIfAbsent(code, ""));
    return new ClockInForce(
        spans,
        Quantiles.of(offsetsNs.stream().mapToLong(Math::abs).toArray()),
        samples,
        grandmaster,
        reasons.entrySet().stream()
            .map(entry -> new ClockInForce.Reason(entry.getKey(), entry.getValue()))
            .toList());
  }

  private static ClockInForce.Span span(Change change, long fromNs, long toNs) {
    return new ClockInForce.Span(change.state(), change.reason(), fromNs, toNs);
  }

  private static String text(JsonElement of, String member) {
    return of.getAsJsonObject().get(member).getAsString();
  }
}
