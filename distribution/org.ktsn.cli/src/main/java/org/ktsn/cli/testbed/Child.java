package org.ktsn.cli.testbed;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.ktsn.cli.CommandFailure;

/** A program that runs beside us: its lines are handed on, its complaints are kept. */
public final class Child {
  private static final int LINES_KEPT = 20;

  private final String name;
  private final Process process;
  private final Thread output;
  private final Thread errors;
  private final List<String> complaint = Collections.synchronizedList(new ArrayList<>());

  private Child(String name, Process process, Consumer<String> line) {
    this.name = name;
    this.process = process;
    output = reader(process.inputReader(StandardCharsets.UTF_8), line);
    errors =
        reader(
            process.errorReader(StandardCharsets.UTF_8),
            text -> {
              if (complaint.size() < LINES_KEPT) {
                complaint.add(text);
              }
            });
  }

  /**
   * Starts a program.
   *
   * @param name what messages call it
   * @param command program and arguments
   * @param line gets each line of its standard output, in a thread of its own
   * @param cleanup ends the program if it still runs then
   */
  public static Child start(
      String name, List<String> command, Consumer<String> line, Cleanup cleanup) {
    try {
      Process process = new ProcessBuilder(command).start();
      process.getOutputStream().close();
      Child child = new Child(name, process, line);
      cleanup.add(child::stop);
      return child;
    } catch (IOException e) {
      throw cannotStart(name, command, e);
    }
  }

  private static CommandFailure cannotStart(String name, List<String> command, IOException e) {
    return new CommandFailure(
        "Can't start the " + name + " (" + command.getFirst() + "): " + e.getMessage() + ".", e);
  }

  /**
   * Runs a program to its end, also while everything is being cleaned up.
   *
   * @return what it printed
   * @throws CommandFailure if it failed, or does not end in time
   */
  public static String run(String name, List<String> command, long limitMs) {
    try {
      List<String> printed = Collections.synchronizedList(new ArrayList<>());
      Process process = new ProcessBuilder(command).start();
      process.getOutputStream().close();
      new Child(name, process, printed::add).await(limitMs);
      return String.join("\n", printed);
    } catch (IOException e) {
      throw cannotStart(name, command, e);
    }
  }

  public boolean running() {
    return process.isAlive();
  }

  /**
   * Waits for the end.
   *
   * @throws CommandFailure if the program failed, or does not end in time
   */
  public void await(long limitMs) {
    try {
      if (!process.waitFor(limitMs, TimeUnit.MILLISECONDS)) {
        stop();
        throw new CommandFailure("The " + name + " did not end in time.");
      }
      output.join();
      errors.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailure("Interrupted while waiting for the " + name + ".", e);
    }
    if (process.exitValue() != 0) {
      throw new CommandFailure(
          "The "
              + name
              + " failed with exit code "
              + process.exitValue()
              + (complaint.isEmpty() ? "." : ": " + String.join("\n", complaint)));
    }
  }

  /** Waits for the end, whatever it is; ends the program if it does not come in time. */
  public void awaitAnyEnd(long limitMs) {
    try {
      if (!process.waitFor(limitMs, TimeUnit.MILLISECONDS)) {
        stop();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Tells whether the program has ended by itself with a failure. */
  boolean failed() {
    return !process.isAlive() && process.exitValue() != 0;
  }

  /** Ends the program if it still runs. */
  public void stop() {
    process.destroy();
    try {
      if (!process.waitFor(1, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  private static Thread reader(BufferedReader from, Consumer<String> line) {
    return Thread.ofVirtual()
        .start(
            () -> {
              try {
                from.lines().forEach(line);
              } catch (UncheckedIOException e) {
                return; // the program was ended: there is nothing more to read
              }
            });
  }
}
