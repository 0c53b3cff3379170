package org.ktsn.launcher;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * What the daemon is told from outside.
 *
 * @param instance its name, 1 to 8 lower-case letters and digits
 * @param home the unpacked distribution
 * @param run the run directory
 * @param state the directory of what is kept over restarts
 * @param features the names of the features to start; empty for all that are there
 */
record Settings(String instance, Path home, Path run, Path state, List<String> features) {
  private static final String DEFAULT_INSTANCE = "ktsn";

  Settings {
    if (!instance.matches("[a-z0-9]{1,8}")) {
      throw new LaunchException(
          "the instance is called '"
              + instance
              + "'; set KTSN_INSTANCE to 1 to 8 lower-case letters and digits");
    }
    home = home.toAbsolutePath().normalize();
    run = run.toAbsolutePath().normalize();
    state = state.toAbsolutePath().normalize();
    features = List.copyOf(features);
  }

  /**
   * Reads the system properties {@code ktsn.instance}, {@code ktsn.home}, {@code ktsn.run}
   * (otherwise {@code /run/INSTANCE}), {@code ktsn.state} (otherwise {@code /var/lib/INSTANCE}) and
   * {@code ktsn.features} (names, separated by commas).
   */
  static Settings of(UnaryOperator<String> properties) {
    String instance = value(properties, "ktsn.instance", DEFAULT_INSTANCE);
    String home = value(properties, "ktsn.home", "");
    if (home.isEmpty()) {
      throw new LaunchException(
          "the system property ktsn.home is not set; start the daemon with bin/ktsnd");
    }
    return new Settings(
        instance,
        Path.of(home),
        Path.of(value(properties, "ktsn.run", "/run/" + instance)),
        Path.of(value(properties, "ktsn.state", "/var/lib/" + instance)),
        Arrays.stream(value(properties, "ktsn.features", "").split(","))
            .map(String::strip)
            .filter(name -> !name.isEmpty())
            .toList());
  }

  private static String value(UnaryOperator<String> properties, String name, String otherwise) {
    String value = properties.apply(name);
    return value == null || value.isBlank() ? otherwise : value.strip();
  }
}
