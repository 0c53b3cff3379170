package org.ktsn.cli.testbed;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.ktsn.cli.CommandFailure;

/**
 * A command of the system that does something and ends. Not a {@link Child}, which is ended at once
 * when the process is being ended: these also undo.
 */
public final class SystemCommand {
  private static final long PATIENCE_S = 10;

  private SystemCommand() {}

  /**
   * Runs a command to its end; returns what it printed.
   *
   * @throws CommandFailure with what it said, if it failed
   */
  public static String run(String... command) {
    String words = String.join(" ", command);
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(PATIENCE_S, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new CommandFailure("'" + words + "' did not end within " + PATIENCE_S + " s.");
      }
      if (process.exitValue() != 0) {
        throw new CommandFailure("'" + words + "' failed: " + text.strip());
      }
      return text;
    } catch (IOException e) {
      throw new CommandFailure("Can't run '" + words + "': " + e.getMessage() + ".", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailure("Interrupted.", e);
    }
  }
}
