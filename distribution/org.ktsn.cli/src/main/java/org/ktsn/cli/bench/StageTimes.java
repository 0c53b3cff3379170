package org.ktsn.cli.bench;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where KTSNd's time went, as {@code ktsn:stages} saw it: what each of its two threads used of the
 * processors, and where the planner was whenever somebody looked.
 *
 * @param frames how many left meanwhile
 * @param plannerNs what the planner used
 * @param launcherNs what the launcher used
 * @param allocatedOctets what the planner allocated
 * @param seen how often the planner was seen in each place
 */
record StageTimes(
    long frames, long plannerNs, long launcherNs, long allocatedOctets, Map<String, Long> seen) {
  private static final String ASLEEP = "asleep";

  /** Places in the order of a frame's way, and what the table calls them. */
  private static final List<Map.Entry<String, String>> PLACES =
      List.of(
          Map.entry("ingress", "ring: look, copy, check"),
          Map.entry("intake", "intake: frame table, flow, counters"),
          Map.entry("INET stack", "stack: payload, headers, checksum"),
          Map.entry("filter", "filters"),
          Map.entry("shaper", "shaper: queue, find, take"),
          Map.entry("commitment", "commitment: clock, launch ring"),
          Map.entry("completions", "completions: counters, flow, errors"),
          Map.entry("turn", "turns: clock, doorbells, the rest"));

  static StageTimes of(JsonElement answer) {
    JsonObject json = answer.getAsJsonObject();
    Map<String, Long> seen = new TreeMap<>();
    json.getAsJsonObject("planner_seen")
        .asMap()
        .forEach((place, count) -> seen.put(place, count.getAsLong()));
    return new StageTimes(
        json.get("sent").getAsLong(),
        json.get("planner_ns").getAsLong(),
        json.get("launcher_ns").getAsLong(),
        json.get("planner_allocated_octets").getAsLong(),
        seen);
  }

  /** Returns what the planner spends on a frame in a place, in nanoseconds. */
  double plannerNs(String place) {
    long awake =
        seen.entrySet().stream()
            .filter(entry -> !entry.getKey().equals(ASLEEP))
            .mapToLong(Map.Entry::getValue)
            .sum();
    return awake == 0 ? 0 : perFrame(plannerNs) * seen.getOrDefault(place, 0L) / awake;
  }

  double perFrame(long amount) {
    return frames == 0 ? 0 : (double) amount / frames;
  }

  String table() {
    StringBuilder table = new StringBuilder();
    for (Map.Entry<String, String> place : PLACES) {
      line(table, "  " + place.getValue(), plannerNs(place.getKey()));
    }
    line(table, "planner", perFrame(plannerNs));
    line(table, "launcher: wait, launch, complete", perFrame(launcherNs));
    table.append(
        String.format(
            Locale.ROOT,
            "%-40s%10.3f octets%n",
            "allocated by the planner",
            perFrame(allocatedOctets)));
    return table.toString();
  }

  private static void line(StringBuilder table, String name, double nanoseconds) {
    table.append(String.format(Locale.ROOT, "%-40s%10.0f ns%n", name, nanoseconds));
  }

  JsonObject toJson() {
    JsonObject json = new JsonObject();
    JsonObject places = new JsonObject();
    seen.keySet().stream()
        .filter(place -> !place.equals(ASLEEP))
        .forEach(place -> places.addProperty(place, Math.round(plannerNs(place))));
    json.add("planner_places_ns_per_frame", places);
    json.addProperty("planner_ns_per_frame", Math.round(perFrame(plannerNs)));
    json.addProperty("launcher_ns_per_frame", Math.round(perFrame(launcherNs)));
    json.addProperty("planner_allocated_octets_per_frame", perFrame(allocatedOctets));
    return json;
  }
}
