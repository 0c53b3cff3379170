package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Containers of containerd and runc, with tsn-cni behind bridge in one chain, and unmodified
 * programs in them.
 */
@ExtendWith(Node.class)
final class ContainerdSystemTest {
  private static ContainerNetworks networks;
  private static Command containerd;

  @BeforeAll
  static void begin() throws IOException {
    networks = ContainerNetworks.make("ktitbr0");
    networks.network(
        "10-both",
        networks.ordinary("10.88.7.0/24"),
        networks.timeSensitive(",'interface':'tsn0'"));
    Path state = Files.createDirectory(networks.directory().resolve("containerd"));
    Path config =
        Files.writeString(
            state.resolve("config.toml"),
            """
            version = 2
            root = "%1$s/root"
            state = "%1$s/state"
            disabled_plugins = ["io.containerd.grpc.v1.cri"]
            [grpc]
              address = "%1$s/c.sock"
            [ttrpc]
              address = "%1$s/t.sock"
            [plugins."io.containerd.internal.v1.opt"]
              path = "%1$s/opt"
            """
                .formatted(state));
    containerd = Command.start(Map.of(), List.of("containerd", "-c", config.toString()));
    Node.await("containerd answers", 20, () -> ctr("version").end(10).process().exitValue() == 0);
  }

  @AfterAll
  static void end() {
    containerd.close();
    networks.close();
  }

  private static Command ctr(String... words) {
    List<String> all =
        new ArrayList<>(
            List.of("ctr", "-a", networks.directory().resolve("containerd/c.sock").toString()));
    all.addAll(List.of(words));
    return Command.start(Map.of(), all);
  }

  /**
   * Runs a container. ctr reads networks and plugins from folders of the system; it sees ours in
   * their place, and nobody else does.
   */
  private static Command run(String name, String script) throws IOException {
    // The channel's folder must be there before the container; its name can be told.
    Path channel = Files.createDirectories(Node.RUN.resolve("pods/default-" + name + ".eth0"));
    return Command.start(
        Map.of(),
        List.of(
            "unshare",
            "--mount",
            "--propagation",
            "private",
            "sh",
            "-c",
            "mount --bind \"$1\" /etc/cni/net.d && mount -t tmpfs ktsn /opt && mkdir -p /opt/cni/bin"
                + " && mount --bind \"$2\" /opt/cni/bin && shift 2 && exec \"$@\"",
            "sh",
            networks.networks().toString(),
            networks.plugins().toString(),
            "ctr",
            "-a",
            networks.directory().resolve("containerd/c.sock").toString(),
            "run",
            "--rm",
            "--cni",
            "--cap-add",
            "CAP_NET_ADMIN",
            "--mount",
            "type=bind,src=" + channel + ",dst=/run/ktsn,options=rbind:ro",
            "--mount",
            "type=bind,src=" + Node.HOME.resolve("shim") + ",dst=/opt/ktsn,options=rbind:ro",
            "--env",
            "LD_PRELOAD=/opt/ktsn/libktsn.so",
            "--rootfs",
            networks.root(),
            name,
            "/bin/sh",
            "-c",
            script));
  }

  @Test
  void shouldCarryEachKindOfTrafficOnItsNetwork() throws IOException {
    Node node = Node.node();
    JsonObject before = node.stats();
    Command listens = run("listens", ContainerNetworks.listening(200, 50));
    String timeSensitive = ContainerNetworks.address(listens, "tsn0");
    String ordinary = ContainerNetworks.address(listens, "eth0");
    assertTrue(ordinary.startsWith("10.88.7."), ordinary);
    assertTrue(node.shell("ktsn:pods").contains(" default-listens "), node.shell("ktsn:pods"));
    Command talks =
        run("talks", ContainerNetworks.talking(timeSensitive, 200, ordinary, 50)).end(60);
    listens.end(60);
    assertTrue(talks.out().contains("end 0"), talks.text());
    assertTrue(listens.out().contains("end 0"), listens.text());
    JsonObject after = node.stats();
    assertEquals(
        200, difference(before, after, "received"), "only what has a launch time came to KTSNd");
    assertEquals(200, difference(before, after, "sent"), after.toString());
    ContainerNetworks.assertNothingLeft();
  }

  @Test
  void shouldAttachAndDetachARunningContainer() throws IOException {
    Command runs = run("runs", "ip -4 -o addr; echo ready; sleep 60");
    ContainerNetworks.address(runs, "tsn0");
    String process = process("runs");
    Map<String, String> environment =
        Map.of(
            "CNI_CONTAINERID", "default-runs",
            "CNI_NETNS", "/proc/" + process + "/ns/net",
            "CNI_IFNAME", "tsn1");
    JsonObject config =
        JsonParser.parseString(
                "{\"cniVersion\":\"1.1.0\",\"name\":\"second\",\"type\":\"tsn-cni\",\"instance\":\""
                    + Node.INSTANCE
                    + "\",\"runtimeConfig\":{\"mac\":\"02:00:5e:10:00:77\"}}")
            .getAsJsonObject();

    ContainerNetworks.Outcome added = plugin("ADD", environment, config);
    assertEquals(0, added.exitCode(), added.output());
    assertTrue(inside(process, "ip", "-o", "link").contains("tsn1"));
    assertTrue(inside(process, "ip", "-o", "link").contains("02:00:5e:10:00:77"));
    assertTrue(inside(process, "ip", "-o", "link").contains("mtu 1450"));
    config.add("prevResult", added.json());
    assertEquals("", plugin("CHECK", environment, config).output());
    inside(process, "ip", "link", "set", "tsn1", "down");
    ContainerNetworks.Outcome down = plugin("CHECK", environment, config);
    assertEquals(1, down.exitCode());
    assertTrue(down.output().contains("interface tsn1 is down"), down.output());

    assertEquals("", plugin("DEL", environment, config).output());
    assertFalse(inside(process, "ip", "-o", "link").contains("tsn1"));
    assertTrue(inside(process, "ip", "-o", "link").contains("tsn0"), "the first one stays");
    assertEquals("", plugin("DEL", environment, config).output());
    ctr("task", "kill", "--signal", "9", "runs").end(10).expect(0);
    runs.end(20);
    ContainerNetworks.assertNothingLeft();
  }

  @Test
  void shouldKeepContainersThroughTheDeathOfKtsnd() throws IOException {
    Node node = Node.node();
    Command listens = run("stays", ContainerNetworks.listening(100, 10));
    String timeSensitive = ContainerNetworks.address(listens, "tsn0");
    String ordinary = ContainerNetworks.address(listens, "eth0");
    JsonObject config =
        JsonParser.parseString(
                "{\"cniVersion\":\"1.1.0\",\"name\":\"x\",\"instance\":\"" + Node.INSTANCE + "\"}")
            .getAsJsonObject();
    assertEquals("", plugin("STATUS", Map.of(), config).output());

    ProcessHandle daemon = ProcessHandle.of(node.ktsnd()).orElseThrow();
    daemon.destroyForcibly();
    daemon.onExit().join();
    ContainerNetworks.Outcome away = plugin("STATUS", Map.of(), config);
    assertEquals(50, away.json().get("code").getAsInt(), away.output());
    ContainerNetworks.Outcome refused =
        plugin(
            "ADD",
            Map.of("CNI_CONTAINERID", "x", "CNI_NETNS", "/proc/self/ns/net", "CNI_IFNAME", "tsn0"),
            config);
    assertEquals(11, refused.json().get("code").getAsInt(), refused.output());
    assertTrue(refused.output().contains("KTSNd is away"), refused.output());

    node.ktsn(120, "up").expect(0);
    assertEquals("", plugin("STATUS", Map.of(), config).output());
    Command talks =
        run("talks", ContainerNetworks.talking(timeSensitive, 100, ordinary, 10)).end(60);
    listens.end(60);
    assertTrue(talks.out().contains("end 0"), talks.text());
    assertTrue(listens.out().contains("end 0"), listens.text());
    assertEquals(100, node.received());
    ContainerNetworks.assertNothingLeft();
  }

  private static ContainerNetworks.Outcome plugin(
      String command, Map<String, String> environment, JsonObject config) {
    Map<String, String> all = new HashMap<>(environment);
    all.put("CNI_COMMAND", command);
    return networks.plugin(all, config);
  }

  private static String process(String container) {
    Matcher matcher =
        Pattern.compile("(?m)^" + container + "\\s+(\\d+)\\s+RUNNING")
            .matcher(ctr("task", "ls").end(10).expect(0).out());
    assertTrue(matcher.find());
    return matcher.group(1);
  }

  private static String inside(String process, String... words) {
    List<String> all = new ArrayList<>(List.of("nsenter", "--net=/proc/" + process + "/ns/net"));
    all.addAll(List.of(words));
    return Command.start(Map.of(), all).end(10).expect(0).out();
  }

  private static long difference(JsonObject before, JsonObject after, String counter) {
    return after.get(counter).getAsLong() - before.get(counter).getAsLong();
  }
}
