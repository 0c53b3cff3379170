package org.ktsn.clock.ptp;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.ktsn.clock.ptp.InstanceSettings.Role;
import org.ktsn.foreign.UnixDatagram;

/**
 * Reads the configuration key {@code instances}: {@code NAME [KEY=VALUE...]}, several separated by
 * semicolons.
 */
final class InstanceList {
  /** Where ptp4l has its socket if it is not told otherwise. */
  static final String DEFAULT_SOCKET = "/var/run/ptp4l";

  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9.-]{0,15}");
  private static final Pattern SEPARATOR = Pattern.compile(";");
  private static final Pattern SPACE = Pattern.compile("\\s+");
  private static final Set<String> KEYS =
      Set.of(
          "socket",
          "read.only.socket",
          "domain",
          "transport.specific",
          "free.running",
          "role",
          "events",
          "judged");
  private static final int HIGHEST_DOMAIN = 255;

  private InstanceList() {}

  /** Returns the one instance that is watched if none is configured. */
  static InstanceSettings usual() {
    return one("ptp4l", Map.of());
  }

  /**
   * Reads the list.
   *
   * @throws IllegalArgumentException with a sentence, if something in it is wrong
   */
  static List<InstanceSettings> read(String... lists) {
    List<InstanceSettings> instances = new ArrayList<>();
    Set<String> names = new HashSet<>();
    Stream.of(lists)
        .flatMap(SEPARATOR::splitAsStream)
        .map(String::strip)
        .filter(text -> !text.isEmpty())
        .forEach(
            text -> {
              InstanceSettings next = read(text);
              if (!names.add(next.name())) {
                throw new IllegalArgumentException(
                    "instances has the name '"
                        + next.name()
                        + "' twice; name each one differently");
              }
              instances.add(next);
            });
    return instances;
  }

  private static InstanceSettings read(String text) {
    List<String> words = SPACE.splitAsStream(text).toList();
    String name = words.getFirst();
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "instances begins with '"
              + name
              + "', which is no name; use 1 to 16 of a-z, 0-9, '.' and '-', then KEY=VALUE words");
    }
    Map<String, String> values = new HashMap<>();
    for (String word : words.subList(1, words.size())) {
      int equals = word.indexOf('=');
      String key = equals < 0 ? word : word.substring(0, equals);
      if (equals < 0 || !KEYS.contains(key)) {
        throw new IllegalArgumentException(
            "instance '"
                + name
                + "' has '"
                + word
                + "'; it takes KEY=VALUE with these keys: "
                + String.join(", ", KEYS.stream().sorted().toList()));
      }
      values.put(key, word.substring(equals + 1));
    }
    return one(name, values);
  }

  private static InstanceSettings one(String name, Map<String, String> values) {
    String socket = values.getOrDefault("socket", DEFAULT_SOCKET);
    return new InstanceSettings(
        name,
        path(name, socket),
        path(name, values.getOrDefault("read.only.socket", socket + "ro")),
        number(name, "domain", values, HIGHEST_DOMAIN),
        number(name, "transport.specific", values, 15),
        flag(name, "free.running", values, false),
        role(name, values.getOrDefault("role", "slave")),
        flag(name, "events", values, false),
        flag(name, "judged", values, true));
  }

  private static Path path(String name, String text) {
    if (!text.startsWith("/")
        || text.getBytes(StandardCharsets.UTF_8).length > UnixDatagram.LONGEST_PATH) {
      throw new IllegalArgumentException(
          "instance '"
              + name
              + "' has the socket '"
              + text
              + "'; give an absolute path of at most "
              + UnixDatagram.LONGEST_PATH
              + " octets, as in ptp4l's uds_address");
    }
    return Path.of(text);
  }

  private static int number(String name, String key, Map<String, String> values, int highest) {
    String text = values.getOrDefault(key, "0");
    if (text.matches("[0-9]{1,3}") && Integer.parseInt(text) <= highest) {
      return Integer.parseInt(text);
    }
    throw new IllegalArgumentException(
        "instance '" + name + "' has " + key + "=" + text + "; give a number from 0 to " + highest);
  }

  private static boolean flag(
      String name, String key, Map<String, String> values, boolean otherwise) {
    return switch (values.getOrDefault(key, Boolean.toString(otherwise))) {
      case "true" -> true;
      case "false" -> false;
      default ->
          throw new IllegalArgumentException(
              "instance '"
                  + name
                  + "' has "
                  + key
                  + "="
                  + values.get(key)
                  + "; give true or false");
    };
  }

  private static Role role(String name, String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "slave" -> Role.SLAVE;
      case "any" -> Role.ANY;
      default ->
          throw new IllegalArgumentException(
              "instance '" + name + "' has role=" + text + "; give slave or any");
    };
  }
}
