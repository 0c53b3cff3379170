package org.ktsn.config;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What the configuration of a component may be.
 *
 * @param pid the component's PID
 * @param attributes its keys
 */
record Description(String pid, Map<String, Attribute> attributes) {
  /** What every component has (OSGi Core 8 section 5.2.5). */
  private static final Map<String, Attribute> GENERAL =
      Map.of(
          "service.ranking", Attribute.of("service.ranking", "Integer"),
          "service.description", Attribute.of("service.description", "String"),
          "service.vendor", Attribute.of("service.vendor", "String"));

  /** Which service a component takes (OSGi Compendium 8.1 section 112.6). */
  private static final String TARGET = ".target";

  Description {
    attributes = Map.copyOf(attributes);
  }

  /**
   * Checks a configuration; see {@link org.ktsn.api.configuration.ConfigurationCheck#check}.
   *
   * @throws IllegalArgumentException with a sentence
   */
  Map<String, Object> check(Map<String, Object> given) {
    Map<String, Object> checked = new LinkedHashMap<>();
    given.forEach(
        (key, value) ->
            checked.put(key, attribute(key).orElseThrow(() -> unknown(key)).convert(value)));
    return checked;
  }

  /** Converts what every component has, where nothing describes the rest. */
  static Map<String, Object> checkGeneral(Map<String, Object> given) {
    Map<String, Object> checked = new LinkedHashMap<>();
    given.forEach(
        (key, value) ->
            checked.put(key, GENERAL.containsKey(key) ? GENERAL.get(key).convert(value) : value));
    return checked;
  }

  private Optional<Attribute> attribute(String key) {
    return Optional.ofNullable(attributes.get(key))
        .or(() -> Optional.ofNullable(GENERAL.get(key)))
        .or(
            () ->
                key.endsWith(TARGET) ? Optional.of(Attribute.of(key, "String")) : Optional.empty());
  }

  private IllegalArgumentException unknown(String key) {
    String remedy =
        java.util.stream.Stream.concat(attributes.keySet().stream(), GENERAL.keySet().stream())
            .filter(known -> alike(known, key))
            .sorted()
            .findFirst()
            .map(known -> "; write " + known)
            .orElseGet(
                () ->
                    "; remove it, or write one of "
                        + String.join(", ", attributes.keySet().stream().sorted().toList()));
    return new IllegalArgumentException("there is no key '" + key + "' in " + pid + remedy);
  }

  /** Tells whether one is the other in another case, with other separators, or one slip away. */
  private static boolean alike(String known, String key) {
    String a = plain(known);
    String b = plain(key);
    return a.equals(b) || (Math.abs(a.length() - b.length()) < 2 && slips(a, b) == 1);
  }

  private static String plain(String key) {
    return key.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
  }

  /** Counts what lies between the common beginning and the common end. */
  private static int slips(String a, String b) {
    int begin = 0;
    int shorter = Math.min(a.length(), b.length());
    while (begin < shorter && a.charAt(begin) == b.charAt(begin)) {
      begin++;
    }
    int end = 0;
    while (end < shorter - begin
        && a.charAt(a.length() - 1 - end) == b.charAt(b.length() - 1 - end)) {
      end++;
    }
    return Math.max(a.length(), b.length()) - begin - end;
  }
}
