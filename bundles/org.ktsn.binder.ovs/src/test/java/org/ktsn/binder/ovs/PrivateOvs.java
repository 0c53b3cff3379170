package org.ktsn.binder.ovs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * A real Open vSwitch with DPDK that the test has for itself, by the distribution's own script, in
 * a network namespace of its own: a namespace can have one userspace datapath only.
 */
final class PrivateOvs implements AutoCloseable {
  private static final Path SCRIPT =
      Path.of(System.getProperty("ktsn.root"), "distribution", "lib", "ovs.sh");

  private final Path directory;
  private final String namespace;

  PrivateOvs() throws IOException {
    assertEquals("0", run(List.of("id", "-u")), "the system tests need root; run them as root");
    directory = Files.createTempDirectory("ktsn-ovs");
    namespace = directory.getFileName().toString();
    run(List.of("ip", "netns", "add", namespace));
    try {
      start();
    } catch (AssertionError e) {
      close();
      throw e;
    }
  }

  Path directory() {
    return directory;
  }

  /** Starts what of it does not run; without huge pages, and with a polling thread that sleeps. */
  void start() {
    script("ovs_start '" + directory + "' 0x2 0");
  }

  /**
   * What the running vswitchd's program says of itself: {@code ovs-vswitchd (Open vSwitch) 3.1.0}.
   */
  String version() {
    String first =
        run(List.of(directory.resolve("ovs-vswitchd").toString(), "--version"))
            .lines()
            .findFirst()
            .orElseThrow();
    return first.substring(first.lastIndexOf(' ') + 1);
  }

  void kill(String daemon) {
    ProcessHandle process = ProcessHandle.of(Long.parseLong(pid(daemon))).orElseThrow();
    process.destroyForcibly();
    // The next start must not take the dying one for a running one.
    Eventually.holds(daemon + "'s end", () -> !process.isAlive());
  }

  void signal(String daemon, String signal) {
    run(List.of("kill", "-" + signal, pid(daemon)));
  }

  /** Runs {@code ip} in the switch's namespace. */
  String ip(String... arguments) {
    List<String> command = new ArrayList<>(List.of("ip", "-n", namespace));
    command.addAll(List.of(arguments));
    return run(command);
  }

  String vsctl(String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of("ovs-vsctl", "--db=unix:" + directory.resolve("db.sock"), "--timeout=10"));
    command.addAll(List.of(arguments));
    return run(command);
  }

  /** Runs {@code ovs-ofctl} on a bridge; without the line that introduces a table. */
  String ofctl(String command, String bridge, String... more) {
    List<String> words =
        new ArrayList<>(
            List.of(
                "ovs-ofctl",
                "--timeout=10",
                "-O",
                "OpenFlow13",
                command,
                directory.resolve(bridge + ".mgmt").toString()));
    words.addAll(List.of(more));
    return run(words)
        .lines()
        .filter(line -> !line.startsWith("OFPST_FLOW"))
        .collect(Collectors.joining("\n"));
  }

  String appctl(String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "ovs-appctl",
                "--timeout=10",
                "-t",
                directory.resolve("ovs-vswitchd." + pid("ovs-vswitchd") + ".ctl").toString()));
    command.addAll(List.of(arguments));
    return run(command);
  }

  @Override
  public void close() {
    try {
      script("ovs_stop '" + directory + "'");
    } finally {
      run(List.of("ip", "netns", "del", namespace));
    }
  }

  /** Runs a command, which must succeed. */
  static String run(List<String> command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String output =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError(command + " did not end");
      }
      assertEquals(0, process.exitValue(), () -> command + ": " + output);
      return output;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(command + " was interrupted", e);
    }
  }

  private String pid(String daemon) {
    try {
      return Files.readString(directory.resolve(daemon + ".pid")).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void script(String command) {
    run(
        List.of(
            "ip",
            "netns",
            "exec",
            namespace,
            "sh",
            "-c",
            "set -eu; export KTSN_OVS_PMD_MAXSLEEP_US=500; . '" + SCRIPT + "'; " + command));
  }
}
