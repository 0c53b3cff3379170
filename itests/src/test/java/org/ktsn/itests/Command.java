package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A program that ran, or still runs; its output goes to files.
 *
 * @param words the command
 * @param process the process
 * @param output where its output goes
 * @param errors where its error output goes
 */
record Command(List<String> words, Process process, Path output, Path errors)
    implements AutoCloseable {

  static Command start(Map<String, String> environment, List<String> words) {
    try {
      Path output = Files.createTempFile("ktsn-itest", ".out");
      Path errors = Files.createTempFile("ktsn-itest", ".err");
      output.toFile().deleteOnExit();
      errors.toFile().deleteOnExit();
      ProcessBuilder builder =
          new ProcessBuilder(words)
              .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")))
              .redirectOutput(output.toFile())
              .redirectError(errors.toFile());
      builder.environment().putAll(environment);
      return new Command(words, builder.start(), output, errors);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As {@link #start}; it hears an interrupt even where whoever runs the tests ignores them. */
  static Command startInterruptible(Map<String, String> environment, List<String> words) {
    List<String> all = new ArrayList<>(List.of("env", "--default-signal=INT"));
    all.addAll(words);
    return start(environment, all);
  }

  /** Presses Ctrl-C. */
  void interrupt() {
    try {
      new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Waits for its end, {@code seconds} as of {@link Patience}; else fails the test. */
  Command end(int seconds) {
    try {
      if (!process.waitFor(Patience.ns(seconds), TimeUnit.NANOSECONDS)) {
        close();
        fail(words + " does not end\n" + text());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
    return this;
  }

  /** Fails the test unless it ended with this code. */
  Command expect(int code) {
    assertEquals(code, process.exitValue(), () -> words + "\n" + text());
    return this;
  }

  String out() {
    return read(output);
  }

  String err() {
    return read(errors);
  }

  String text() {
    return out() + err();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends it, if it still runs. */
  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroy);
    process.destroy();
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
