package org.ktsn.mqtt.protocol;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * What a controller may set beside the schedule. What is left out is the node's own affair.
 *
 * @param shaper the name of the shaper to use; empty for the one that ranks highest
 * @param pcpToClass the traffic class of each priority, eight values
 * @param rateBitsPerSecond the rate of the link behind the port
 * @param overheadOctets what a tunnel adds to each frame
 * @param idleSlopes the credit-based shaper's {@code adminIdleSlope} by class, in bit/s
 */
public record PortSettings(
    Optional<String> shaper,
    Optional<List<Integer>> pcpToClass,
    OptionalLong rateBitsPerSecond,
    OptionalInt overheadOctets,
    Optional<SortedMap<Integer, Long>> idleSlopes) {

  /** Nothing is set. */
  public static final PortSettings NONE =
      new PortSettings(
          Optional.empty(),
          Optional.empty(),
          OptionalLong.empty(),
          OptionalInt.empty(),
          Optional.empty());

  private static final long MAX_RATE = 1_000_000_000_000L;
  private static final int MAX_OVERHEAD = 1_000;
  private static final Pattern SHAPER = Pattern.compile("[A-Za-z0-9._-]{0,63}");
  private static final Set<String> MEMBERS =
      Set.of(
          "shaper", "pcp-to-class", "rate-bits-per-second", "overhead-octets", "idle-slope-table");
  private static final Set<String> SLOPE_ROW = Set.of("traffic-class", "admin-idle-slope");

  /** Copies the collections. */
  public PortSettings {
    pcpToClass = pcpToClass.map(List::copyOf);
    idleSlopes = idleSlopes.map(slopes -> Collections.unmodifiableSortedMap(new TreeMap<>(slopes)));
  }

  /** Reads the settings; what is wrong goes to the field's problems. */
  static PortSettings read(Field field, NodeFacts node) {
    Map<String, Field> fields = field.fields(MEMBERS);
    Optional<Field> shaper = Optional.ofNullable(fields.get("shaper"));
    OptionalLong rate = number64(fields, "rate-bits-per-second", MAX_RATE);
    OptionalInt overhead =
        Optional.ofNullable(fields.get("overhead-octets")).stream()
            .flatMapToLong(value -> value.number(0, MAX_OVERHEAD).stream())
            .mapToInt(Math::toIntExact)
            .findFirst();
    Optional<SortedMap<Integer, Long>> slopes =
        Optional.ofNullable(fields.get("idle-slope-table")).map(table -> slopes(table, node));
    OptionalLong limit = rate.isPresent() ? rate : node.rateBitsPerSecond();
    slopes.ifPresent(given -> admit(given, limit, fields.get("idle-slope-table")));
    return new PortSettings(
        shaper.flatMap(value -> shaper(value, node)),
        Optional.ofNullable(fields.get("pcp-to-class")).flatMap(value -> classes(value, node)),
        rate,
        overhead,
        slopes);
  }

  private static OptionalLong number64(Map<String, Field> fields, String name, long max) {
    return Optional.ofNullable(fields.get(name)).stream()
        .flatMapToLong(value -> value.number64(1, max).stream())
        .findFirst();
  }

  private static Optional<String> shaper(Field field, NodeFacts node) {
    Optional<String> name = field.string(SHAPER, "the name of a shaper");
    if (name.isPresent() && !name.get().isEmpty() && !node.hasShaper(name.get())) {
      field.problem(
          "is '"
              + name.get()
              + "'; the node has "
              + String.join(", ", node.shapers().orElseThrow()));
      return Optional.empty();
    }
    return name;
  }

  private static Optional<List<Integer>> classes(Field field, NodeFacts node) {
    List<Integer> classes = new ArrayList<>();
    for (Field element : field.elements()) {
      element.number(0, node.trafficClasses() - 1).ifPresent(value -> classes.add((int) value));
    }
    if (field.problems().isEmpty() && classes.size() != 8) {
      field.problem("has " + classes.size() + " values; give one for each priority, 0 to 7");
    }
    return classes.size() == 8 ? Optional.of(classes) : Optional.empty();
  }

  private static SortedMap<Integer, Long> slopes(Field table, NodeFacts node) {
    SortedMap<Integer, Long> slopes = new TreeMap<>();
    for (Field row : table.elements()) {
      Map<String, Field> fields = row.fields(SLOPE_ROW);
      if (!fields.keySet().equals(SLOPE_ROW)) {
        row.problem("needs traffic-class and admin-idle-slope; give both");
        continue;
      }
      OptionalLong trafficClass = fields.get("traffic-class").number(0, node.trafficClasses() - 1);
      OptionalLong slope = fields.get("admin-idle-slope").number64(1, MAX_RATE);
      if (trafficClass.isPresent()
          && slope.isPresent()
          && slopes.put((int) trafficClass.getAsLong(), slope.getAsLong()) != null) {
        row.problem("is a second row for class " + trafficClass.getAsLong() + "; keep one");
      }
    }
    return slopes;
  }

  /** Together the slopes may not claim more than the link has (IEEE 802.1Q-2022 34.3). */
  private static void admit(SortedMap<Integer, Long> slopes, OptionalLong rate, Field table) {
    long sum = slopes.values().stream().mapToLong(Long::longValue).sum();
    if (rate.isPresent() && sum > rate.getAsLong()) {
      table.problem(
          "claims " + sum + " bit/s, the link has " + rate.getAsLong() + "; lower the idle slopes");
    }
  }

  /** Writes what is set; {@link #read} reads it back to the same. */
  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    shaper.ifPresent(name -> json.addProperty("shaper", name));
    pcpToClass.ifPresent(
        classes -> {
          JsonArray array = new JsonArray();
          classes.forEach(array::add);
          json.add("pcp-to-class", array);
        });
    rateBitsPerSecond.ifPresent(
        rate -> json.addProperty("rate-bits-per-second", Long.toString(rate)));
    overheadOctets.ifPresent(octets -> json.addProperty("overhead-octets", octets));
    idleSlopes.ifPresent(
        slopes -> {
          JsonArray table = new JsonArray();
          slopes.forEach(
              (trafficClass, slope) -> {
                JsonObject row = new JsonObject();
                row.addProperty("traffic-class", trafficClass);
                row.addProperty("admin-idle-slope", Long.toString(slope));
                table.add(row);
              });
          json.add("idle-slope-table", table);
        });
    return json;
  }
}
