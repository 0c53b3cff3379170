package org.ktsn.cli.bench;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.ktsn.cli.CommandFailure;

/**
 * A CNI plugin with a network configuration, called as a runtime calls it: a process for each
 * command, the environment, the configuration on standard input. Any thread.
 *
 * @param name what tables call it
 * @param executable the plugin
 * @param folders where it finds address managers
 * @param config the network configuration
 */
record CniPlugin(String name, Path executable, String folders, JsonObject config) {
  private static final long LIMIT_S = 60;

  /** A network interface of a container: what a runtime tells of it. */
  record Attachment(String containerId, Path networkNamespace, String interfaceName) {}

  /** What a call printed, and how long it took from the start of the process to its end. */
  record Answer(String output, long tookNs) {}

  /**
   * Runs a command.
   *
   * @param input the network configuration, or that with {@code prevResult}
   * @throws CommandFailure if the plugin fails
   */
  Answer call(String command, Attachment attachment, JsonObject input) {
    ProcessBuilder builder = new ProcessBuilder(executable.toString());
    Map<String, String> environment = builder.environment();
    environment.clear();
    environment.put("CNI_COMMAND", command);
    environment.put("CNI_CONTAINERID", attachment.containerId());
    environment.put("CNI_NETNS", attachment.networkNamespace().toString());
    environment.put("CNI_IFNAME", attachment.interfaceName());
    environment.put("CNI_PATH", folders);
    environment.put("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    try {
      long beganNs = System.nanoTime();
      Process process = builder.start();
      write(process, input);
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(LIMIT_S, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new CommandFailure(name + " does not end at " + command + ".");
      }
      long tookNs = System.nanoTime() - beganNs;
      if (process.exitValue() != 0) {
        throw new CommandFailure(name + " failed at " + command + ": " + output.strip());
      }
      return new Answer(output, tookNs);
    } catch (IOException e) {
      throw new CommandFailure(
          name + " can't be run at " + command + ": " + e.getMessage() + ".", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailure("Interrupted while " + name + " worked.", e);
    }
  }

  private static void write(Process process, JsonObject input) {
    try (OutputStream stdin = process.getOutputStream()) {
      stdin.write(input.toString().getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      // It ended before it read: its exit code and its output say why.
    }
  }
}
