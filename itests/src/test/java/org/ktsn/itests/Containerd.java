package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A containerd of the tests' own, with runc.
 *
 * @param networks the networks and plugins that its containers get
 * @param daemon containerd itself
 */
record Containerd(ContainerNetworks networks, Command daemon) implements AutoCloseable {
  static Containerd start(ContainerNetworks networks) {
    Containerd containerd =
        new Containerd(networks, Command.start(Map.of(), List.of(networks.runtime("containerd"))));
    Node.await(
        "containerd answers",
        20,
        () -> containerd.ctr("version").end(10).process().exitValue() == 0);
    return containerd;
  }

  Command ctr(String... words) {
    List<String> all = new ArrayList<>(List.of(networks.runtime("ctr")));
    all.addAll(List.of(words));
    return Command.start(Map.of(), all);
  }

  /** Runs a container whose interface eth0 has the channel that it sees. */
  Command run(String name, String script) throws IOException {
    return run(name, "eth0", script);
  }

  /**
   * Runs a container.
   *
   * @param channel the interface whose channel it sees; the folder's name can be told beforehand
   */
  Command run(String name, String channel, String script) throws IOException {
    Path folder = Files.createDirectories(channel(name, channel));
    return ctr(
        "run",
        "--rm",
        "--cni",
        "--cap-add",
        "CAP_NET_ADMIN",
        "--mount",
        "type=bind,src=" + folder + ",dst=/run/ktsn,options=rbind:ro",
        "--mount",
        "type=bind,src=" + Node.HOME.resolve("shim") + ",dst=/opt/ktsn,options=rbind:ro",
        "--env",
        "LD_PRELOAD=/opt/ktsn/libktsn.so",
        "--rootfs",
        networks.root(),
        name,
        "/bin/sh",
        "-c",
        script);
  }

  /** The folder of a container's channel, on the node. */
  static Path channel(String name, String interfaceName) {
    return Node.RUN.resolve("pods/default-" + name + "." + interfaceName);
  }

  /** The process of a container that runs. */
  String process(String container) {
    Matcher matcher =
        Pattern.compile("(?m)^" + container + "\\s+(\\d+)\\s+RUNNING")
            .matcher(ctr("task", "ls").end(10).expect(0).out());
    assertTrue(matcher.find(), container);
    return matcher.group(1);
  }

  /** Runs a program in a container that runs, as if it had been started with it. */
  Command exec(String container, String command) {
    return ctr(
        "task", "exec", "--exec-id", "x" + System.nanoTime(), container, "/bin/sh", "-c", command);
  }

  /** Ends a container without asking it. */
  void kill(String container) {
    ctr("task", "kill", "--signal", "9", container).end(10).expect(0);
  }

  /** Runs a command of the node in a container's network; returns what it prints. */
  static String inside(String process, String... words) {
    List<String> all = new ArrayList<>(List.of("nsenter", "--net=/proc/" + process + "/ns/net"));
    all.addAll(List.of(words));
    return Command.start(Map.of(), all).end(10).expect(0).out();
  }

  /** Ends it, and the containers that a test that failed left running. */
  @Override
  public void close() {
    for (String container : ctr("task", "ls", "-q").end(10).out().lines().toList()) {
      ctr("task", "delete", "--force", container).end(20);
    }
    daemon.close();
  }
}
