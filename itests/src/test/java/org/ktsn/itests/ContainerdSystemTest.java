package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
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
  private static Containerd containerd;

  @BeforeAll
  static void begin() throws IOException {
    networks = ContainerNetworks.make("ktitbr0");
    networks.network(
        "10-both",
        networks.ordinary("10.88.7.0/24"),
        networks.timeSensitive(",'interface':'tsn0'"));
    containerd = Containerd.start(networks);
  }

  @AfterAll
  static void end() {
    containerd.close();
    networks.close();
  }

  private static Command run(String name, String script) throws IOException {
    return containerd.run(name, script);
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
    String process = containerd.process("runs");
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
    assertTrue(Containerd.inside(process, "ip", "-o", "link").contains("tsn1"));
    assertTrue(Containerd.inside(process, "ip", "-o", "link").contains("02:00:5e:10:00:77"));
    assertTrue(Containerd.inside(process, "ip", "-o", "link").contains("mtu 1450"));
    config.add("prevResult", added.json());
    assertEquals("", plugin("CHECK", environment, config).output());
    Containerd.inside(process, "ip", "link", "set", "tsn1", "down");
    ContainerNetworks.Outcome down = plugin("CHECK", environment, config);
    assertEquals(1, down.exitCode());
    assertTrue(down.output().contains("interface tsn1 is down"), down.output());

    assertEquals("", plugin("DEL", environment, config).output());
    assertFalse(Containerd.inside(process, "ip", "-o", "link").contains("tsn1"));
    assertTrue(
        Containerd.inside(process, "ip", "-o", "link").contains("tsn0"), "the first one stays");
    assertEquals("", plugin("DEL", environment, config).output());
    containerd.kill("runs");
    runs.end(20);
    ContainerNetworks.assertNothingLeft();
  }

  /** What users of Multus' dynamic networks do: the channel's folder was mounted beforehand. */
  @Test
  void shouldSendThroughAnInterfaceThatRunningContainersGot() throws IOException {
    Node node = Node.node();
    Command speaks = containerd.run("speaks", "tsn1", "ip -4 -o addr; echo ready; sleep 60");
    Command hears = containerd.run("hears", "tsn1", "ip -4 -o addr; echo ready; sleep 60");
    ContainerNetworks.address(speaks, "tsn0");
    ContainerNetworks.address(hears, "tsn0");
    String speaker = containerd.process("speaks");
    plug("ADD", "speaks", speaker, "10.81.0.1/24");
    plug("ADD", "hears", containerd.process("hears"), "10.81.0.2/24");

    JsonObject before = node.stats();
    Command listens =
        containerd.exec(
            "hears", "/bin/listener --bind 10.81.0.2:5000 --output /tmp/plugged --frames 200");
    Node.await("the listener listens", 10, () -> listens.out().contains("ready"));
    Command talks =
        containerd.exec(
            "speaks", "/bin/talker --to 10.81.0.2:5000 --frames 200 --lead-ns 300000000");
    talks.end(20).expect(0);
    listens.end(20).expect(0);
    JsonObject after = node.stats();
    assertEquals(200, difference(before, after, "received"), "all took the accelerated path");
    assertEquals(200, difference(before, after, "sent"), after.toString());

    plug("DEL", "speaks", speaker, "10.81.0.1/24");
    assertFalse(Containerd.inside(speaker, "ip", "-o", "link").contains("tsn1"));
    Command nowhere = containerd.exec("speaks", "/bin/talker --to 10.81.0.2:5000 --frames 20");
    nowhere.end(20).expect(0);
    assertEquals(200, difference(before, node.stats(), "received"), "the channel is gone");
    plug("DEL", "hears", containerd.process("hears"), "10.81.0.2/24");
    containerd.kill("speaks");
    containerd.kill("hears");
    speaks.end(20);
    hears.end(20);
    ContainerNetworks.assertNothingLeft();
  }

  private static void plug(String command, String container, String process, String address) {
    ContainerNetworks.Outcome outcome =
        plugin(
            command,
            Map.of(
                "CNI_CONTAINERID", "default-" + container,
                "CNI_NETNS", "/proc/" + process + "/ns/net",
                "CNI_IFNAME", "tsn1"),
            JsonParser.parseString(
                    ("{'cniVersion':'1.0.0','name':'plugged','type':'tsn-cni','instance':'%s',"
                            + "'ipam':{'type':'static','addresses':[{'address':'%s'}]}}")
                        .formatted(Node.INSTANCE, address)
                        .replace('\'', '"'))
                .getAsJsonObject());
    assertEquals(0, outcome.exitCode(), outcome.output());
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
    ContainerNetworks.Outcome away =
        plugin("STATUS", Map.of("KTSN_CNI_STATUS_WAIT_MS", "0"), config);
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

  private static long difference(JsonObject before, JsonObject after, String counter) {
    return after.get(counter).getAsLong() - before.get(counter).getAsLong();
  }
}
