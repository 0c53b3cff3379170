package org.ktsn.cli.testbed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.ktsn.cli.CommandFailure;

/** A folder for what a run needs; it goes with what is in it. */
public final class WorkFolder {
  private final Path path;

  /** Makes one in the instance's run directory. */
  WorkFolder(Path run, Cleanup cleanup) {
    try {
      path = Files.createTempDirectory(run, "measure-");
    } catch (IOException e) {
      throw new CommandFailure("Can't make a folder in " + run + ": " + e.getMessage() + ".", e);
    }
    cleanup.add(() -> remove(path));
  }

  public Path path() {
    return path;
  }

  private static void remove(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new CommandFailure("Can't remove " + folder + ": " + e.getMessage() + ".", e);
    }
  }

  public static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new CommandFailure("Can't write " + file + ": " + e.getMessage() + ".", e);
    }
  }
}
