package org.ktsn.stack.udp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.api.pod.Pod;

/**
 * Two network namespaces of the real kernel with a veth pair between them: {@code tsn0},
 * 10.77.0.2/16 and fd77::2/64, in the pod's, and {@code peer0}, 10.77.0.3/16 and fd77::3/64, in the
 * peer's; both have the address of the link that follows from their MAC.
 */
final class Namespaces implements AutoCloseable {
  static final String MAC = "02:00:00:00:00:02";
  static final String PEER_MAC = "02:00:00:00:00:03";

  private final String pod = "kt" + ProcessHandle.current().pid() + "a";
  private final String peer = "kt" + ProcessHandle.current().pid() + "b";

  Namespaces() {
    assertEquals(
        "root",
        System.getProperty("user.name"),
        "this test makes network namespaces and needs root; run the build as root");
    try {
      run("ip netns add " + pod);
      run("ip netns add " + peer);
      addVeth();
    } catch (RuntimeException | AssertionError e) {
      close();
      throw e;
    }
  }

  private void addVeth() {
    run(
        "ip link add tsn0 address %s netns %s type veth peer name peer0 address %s netns %s"
            .formatted(MAC, pod, PEER_MAC, peer));
    inPod("ip addr add 10.77.0.2/16 broadcast 10.77.255.255 dev tsn0");
    inPeer("ip addr add 10.77.0.3/16 dev peer0");
    for (String sysctl : List.of("default.accept_dad=0", "all.accept_dad=0")) {
      inPod("sysctl -qw net.ipv6.conf." + sysctl);
      inPeer("sysctl -qw net.ipv6.conf." + sysctl);
    }
    inPod("sysctl -qw net.ipv6.conf.tsn0.accept_dad=0");
    inPeer("sysctl -qw net.ipv6.conf.peer0.accept_dad=0");
    inPod("ip -6 addr add fd77::2/64 dev tsn0 nodad");
    inPeer("ip -6 addr add fd77::3/64 dev peer0 nodad");
    inPod("ip link set lo up");
    inPod("ip link set tsn0 up");
    inPeer("ip link set peer0 up");
    // The receiver shall see finished checksums.
    inPod("ethtool -K tsn0 tx off");
  }

  /** Deletes the pod's namespace and makes it anew. */
  void replacePodNamespace() {
    deletePodNamespace();
    inPeer("ip link del peer0");
    run("ip netns add " + pod);
    addVeth();
  }

  void deletePodNamespace() {
    run("ip netns del " + pod);
  }

  Pod pod(int number) {
    return new Pod(
        "talker",
        number,
        Path.of("/run/netns", pod),
        "tsn0",
        "peer0",
        MacAddress.parse(MAC),
        List.of("10.77.0.2/16", "fd77::2/64", "10.77.200.1/16", "10.77.201.1/16", "10.77.202.1/16"),
        Path.of("/run/none/app.sock"));
  }

  String inPod(String command) {
    return run("ip netns exec " + pod + " " + command);
  }

  String inPeer(String command) {
    return run("ip netns exec " + peer + " " + command);
  }

  Process startInPod(String command) throws IOException {
    return start("ip netns exec " + pod + " " + command);
  }

  Process startInPeer(String command) throws IOException {
    return start("ip netns exec " + peer + " " + command);
  }

  private static Process start(String command) throws IOException {
    return new ProcessBuilder(command.split(" ", -1)).redirectErrorStream(true).start();
  }

  static String run(String command) {
    try {
      Process process = start(command);
      process.getOutputStream().close();
      String output =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      if (!process.waitFor(10, TimeUnit.SECONDS) || process.exitValue() != 0) {
        process.destroyForcibly();
        throw new IllegalStateException("'" + command + "' failed: " + output);
      }
      return output;
    } catch (IOException e) {
      throw new IllegalStateException("'" + command + "' can't be run; install its package", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("'" + command + "' was interrupted", e);
    }
  }

  @Override
  public void close() {
    for (String name : List.of(pod, peer)) {
      if (Files.exists(Path.of("/run/netns", name))) {
        run("ip netns del " + name);
      }
    }
  }
}
