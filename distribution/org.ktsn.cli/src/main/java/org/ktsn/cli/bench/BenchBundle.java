package org.ktsn.cli.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.Control;

/** The bundle of commands that only a benchmark needs: in the daemon for as long as one runs. */
final class BenchBundle {
  private static final String NAME = "org.ktsn.bench";

  private BenchBundle() {}

  /**
   * Installs it.
   *
   * @param environment the process's: {@code KTSN_HOME} is the distribution
   * @return removes it again
   */
  static Runnable install(Control control, Map<String, String> environment) {
    Path home = Path.of(environment.getOrDefault("KTSN_HOME", "."));
    control.run("felix:start " + jar(home).toUri());
    return () -> control.run("felix:uninstall " + NAME);
  }

  private static Path jar(Path home) {
    Path folder = home.resolve("lib").resolve("bench");
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith(NAME + "-"))
          .findFirst()
          .orElseThrow(() -> notThere(folder, null));
    } catch (IOException e) {
      throw notThere(folder, e);
    }
  }

  private static CommandFailure notThere(Path folder, IOException cause) {
    return new CommandFailure(
        NAME + " is not in " + folder + "; './ktsn build' puts it there.", cause);
  }
}
