package org.ktsn.cli.testbed;

import com.google.gson.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.ktsn.api.trace.TraceLayout.Outcome;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.testbed.TraceFile.Frame;

/**
 * The frames on either side of a change of the schedule.
 *
 * @param configChangeTimeNs when the new list took the old one's place
 * @param lastOld the last frame that left before
 * @param firstNew the first one that left then or later
 */
public record ScheduleChange(long configChangeTimeNs, Edge lastOld, Edge firstNew) {
  /**
   * A frame beside the change. Instants are TAI nanoseconds.
   *
   * @param trafficClass 0 to 7
   * @param plannedNs its planned instant
   * @param actualNs the instant at which it left
   * @param durationNs how long it was on the link
   * @param offsetInCycleNs where in the cycle of its list it left
   */
  public record Edge(
      int trafficClass, long plannedNs, long actualNs, long durationNs, long offsetInCycleNs) {
    private static Edge of(Frame frame, ListsInForce lists) {
      return new Edge(
          frame.trafficClass(),
          frame.plannedNs(),
          frame.actualNs(),
          frame.durationNs(),
          lists.offsetInCycleNs(frame.actualNs()));
    }

    private JsonObject toJson(long configChangeTimeNs) {
      JsonObject json = new JsonObject();
      json.addProperty("class", trafficClass);
      json.addProperty("planned_ns", plannedNs);
      json.addProperty("actual_ns", actualNs);
      json.addProperty("end_ns", actualNs + durationNs);
      json.addProperty("offset_in_cycle_ns", offsetInCycleNs);
      json.addProperty("from_change_ns", actualNs - configChangeTimeNs);
      return json;
    }

    private String line(String name, long configChangeTimeNs) {
      return String.format(
          Locale.ROOT,
          "%-26s class %d, left at %d (%+.1f us), %.1f us long, %.1f us into the cycle",
          name,
          trafficClass,
          actualNs,
          (actualNs - configChangeTimeNs) / 1e3,
          durationNs / 1e3,
          offsetInCycleNs / 1e3);
    }
  }

  /** Finds the frames, if the schedule changed. */
  public static Optional<ScheduleChange> find(List<FlowResult> results, ListsInForce lists) {
    return lists.change().map(change -> find(results, lists, change.atNs()));
  }

  private static ScheduleChange find(List<FlowResult> results, ListsInForce lists, long atNs) {
    Frame last = null;
    Frame first = null;
    for (FlowResult result : results) {
      for (Frame frame : result.trace().orElseThrow().records()) {
        if (frame.outcome() != Outcome.SENT) {
          continue;
        }
        if (frame.actualNs() < atNs) {
          last = last == null || frame.actualNs() > last.actualNs() ? frame : last;
        } else {
          first = first == null || frame.actualNs() < first.actualNs() ? frame : first;
        }
      }
    }
    if (last == null || first == null) {
      throw new CommandFailure(
          "The schedule did not change while frames flowed: this machine is too busy. Try again.");
    }
    return new ScheduleChange(atNs, Edge.of(last, lists), Edge.of(first, lists));
  }

  /** Returns the lines that show it. */
  public List<String> lines() {
    return List.of(
        String.format(Locale.ROOT, "%-26s %d TAI ns", "ConfigChangeTime", configChangeTimeNs),
        lastOld.line("last under the old list", configChangeTimeNs),
        firstNew.line("first under the new list", configChangeTimeNs));
  }

  /** Returns it under the names that docs/bench.md lists. */
  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    json.addProperty("config_change_time", configChangeTimeNs);
    json.add("last_old", lastOld.toJson(configChangeTimeNs));
    json.add("first_new", firstNew.toJson(configChangeTimeNs));
    return json;
  }
}
