package org.ktsn.cli;

import java.nio.file.Path;
import java.util.Map;

/**
 * The daemon that a command line means.
 *
 * @param name the instance's name
 * @param run its run directory
 */
public record Instance(String name, Path run) {
  private static final String DEFAULT = "ktsn";

  /** Checks the name. */
  public Instance {
    if (!name.matches("[a-z0-9]{1,8}")) {
      throw new ControlException(
          "KTSN_INSTANCE is '" + name + "'; use 1 to 8 lower-case letters and digits");
    }
  }

  /**
   * Reads {@code KTSN_INSTANCE} (otherwise {@code ktsn}) and {@code KTSN_RUN} (otherwise {@code
   * /run/INSTANCE}).
   */
  public static Instance of(Map<String, String> environment) {
    String name = environment.getOrDefault("KTSN_INSTANCE", DEFAULT);
    String run = environment.getOrDefault("KTSN_RUN", "");
    return new Instance(name, run.isBlank() ? Path.of("/run", name) : Path.of(run));
  }

  /** Returns the path of the control socket. */
  public Path controlSocket() {
    return run.resolve("control.sock");
  }

  /** Connects to the daemon. */
  public ControlClient connect() {
    return ControlClient.connect(controlSocket());
  }
}
