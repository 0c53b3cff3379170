package org.ktsn.pod;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.ktsn.api.pod.PodException;

/** Runs the commands of iproute2 and its like. Any thread. */
class CommandRunner {
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final int OUTPUT_MAX_OCTETS = 4 << 20;

  /** What a command that ended said. */
  record Result(int exitCode, String output) {}

  /** A command that may run still. */
  @FunctionalInterface
  interface Running {
    /** Waits for the command's end. */
    Result await();
  }

  /**
   * Starts a command.
   *
   * @param input what it reads; little enough for a pipe
   * @throws PodException if there is no such command
   */
  Running start(List<String> command, String input) {
    Process process;
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      throw new PodException(
          "the command '"
              + command.getFirst()
              + "' can't be run ("
              + e.getMessage()
              + "); run: apt-get install iproute2 util-linux",
          e);
    }
    try (OutputStream stdin = process.getOutputStream()) {
      stdin.write(input.getBytes(StandardCharsets.US_ASCII));
    } catch (IOException e) {
      // It ended before it read: its exit code and its output say why.
    }
    // Read at once, so that a command with much to say does not wait for this side.
    FutureTask<byte[]> output = new FutureTask<>(() -> read(process));
    Thread.ofVirtual().start(output);
    return () -> await(process, output, command);
  }

  /** Reads to the end, or to what a pod may make a command say at most; the command ends then. */
  private static byte[] read(Process process) throws IOException {
    try (InputStream output = process.getInputStream()) {
      return output.readNBytes(OUTPUT_MAX_OCTETS);
    }
  }

  /** Runs a command to its end. */
  final Result run(List<String> command, String input) {
    return start(command, input).await();
  }

  private static Result await(Process process, FutureTask<byte[]> output, List<String> command) {
    try {
      if (!process.waitFor(LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new PodException(
            String.join(" ", command) + " did not end within " + LIMIT.toSeconds() + " s");
      }
      byte[] said = output.get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
      return new Result(process.exitValue(), new String(said, StandardCharsets.UTF_8).strip());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PodException(String.join(" ", command) + " was interrupted", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new PodException("what " + String.join(" ", command) + " said can't be read", e);
    } finally {
      process.destroyForcibly();
    }
  }
}
