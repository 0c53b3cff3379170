package org.ktsn.shell;

import java.nio.file.Path;
import org.osgi.framework.BundleContext;

/** Where the daemon keeps what lives as long as it does. */
final class RunDirectory {
  private RunDirectory() {}

  /** Reads the framework property {@code ktsn.run}. */
  static Path of(BundleContext context) {
    String run = context.getProperty("ktsn.run");
    if (run == null || run.isBlank()) {
      throw new IllegalStateException(
          "the framework property ktsn.run is not set; give it the run directory, for instance"
              + " /run/ktsn");
    }
    return Path.of(run);
  }
}
