package org.ktsn.cni;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs another CNI plugin. Any thread. */
class PluginRunner {
  private static final int OUTPUT_MAX_OCTETS = 1 << 20;

  private final Duration limit;

  PluginRunner(Duration limit) {
    this.limit = limit;
  }

  /** What a plugin that ended said. */
  record Outcome(int exitCode, String output, String errors) {}

  /**
   * Runs a plugin to its end.
   *
   * @throws NothingGivenException if it can't be started
   * @throws CniException if it does not end in time
   */
  Outcome run(Path executable, Map<String, String> environment, String input) {
    ProcessBuilder builder = new ProcessBuilder(List.of(executable.toString()));
    builder.environment().clear();
    builder.environment().putAll(environment);
    builder.directory(Path.of("/").toFile());
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new NothingGivenException(
          CniCode.IO_FAILURE, "the plugin " + executable + " can't be run: " + e.getMessage(), e);
    }
    FutureTask<String> output = reading(process.getInputStream());
    FutureTask<String> errors = reading(process.getErrorStream());
    Thread.ofVirtual().start(() -> write(process, input));
    try {
      if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        throw late(executable);
      }
      return new Outcome(
          process.exitValue(),
          output.get(limit.toMillis(), TimeUnit.MILLISECONDS),
          errors.get(limit.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CniException(CniCode.TRY_AGAIN_LATER, "KTSNd stops; try again later", e);
    } catch (TimeoutException e) {
      throw late(executable);
    } catch (ExecutionException e) {
      throw new CniException(
          CniCode.IO_FAILURE, "what the plugin " + executable + " said can't be read", e);
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  private CniException late(Path executable) {
    return new CniException(
        CniCode.TRY_AGAIN_LATER,
        "the plugin " + executable + " did not end within " + limit.toMillis() + " ms");
  }

  private static void write(Process process, String input) {
    try (OutputStream stdin = process.getOutputStream()) {
      stdin.write(input.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      // It ended before it read: its exit code and its output say why.
    }
  }

  private static FutureTask<String> reading(InputStream stream) {
    FutureTask<String> reading =
        new FutureTask<>(
            () -> {
              try (stream) {
                return new String(stream.readNBytes(OUTPUT_MAX_OCTETS), StandardCharsets.UTF_8);
              }
            });
    Thread.ofVirtual().start(reading);
    return reading;
  }
}
