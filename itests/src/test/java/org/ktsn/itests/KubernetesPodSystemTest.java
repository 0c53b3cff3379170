package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What a pod of Kubernetes has beyond a container: a name, and a runtime that may not come back.
 */
@ExtendWith(Node.class)
final class KubernetesPodSystemTest {
  private static final String NAMESPACE = "ktitk8s";
  private static final Path CHANNEL = Node.RUN.resolve("by-name/plant_robot-7d9f_tsn0");

  private ContainerNetworks networks;

  @BeforeEach
  void begin() throws IOException {
    networks = ContainerNetworks.make("ktitbr8");
    ip("netns", "add", NAMESPACE).expect(0);
  }

  @AfterEach
  void end() {
    ip("netns", "del", NAMESPACE);
    networks.close();
  }

  @Test
  void shouldFindTheChannelByThePodsName() throws IOException {
    Node node = Node.node();
    assertEquals(0, plugin("ADD", "").exitCode());
    long before = node.stats().get("sent").getAsLong();
    ChannelVolume.start(
            NAMESPACE,
            CHANNEL,
            Node.HOME.resolve("shim/libktsn.so"),
            Node.SEND.toString(),
            "--to",
            node.bob(),
            "--port",
            "6400",
            "--count",
            "50",
            "--interval-us",
            "1000",
            "--stamp-ms",
            "200")
        .end(20)
        .expect(0);
    Node.await("all have left", 10, () -> node.stats().get("sent").getAsLong() >= before + 50);
    assertEquals(0, plugin("DEL", "").exitCode());
    ContainerNetworks.assertNothingLeft();
    assertFalse(Files.exists(CHANNEL));
  }

  /** Its runtime is gone with it, or Multus answered a DEL in KTSNd's place. */
  @Test
  void shouldGiveBackInterfaceAndAddressThoughNobodyAsks() throws IOException {
    Path addresses = networks.directory().resolve("addresses");
    ContainerNetworks.Outcome added =
        plugin(
            "ADD",
            ",'ipam':{'type':'host-local','subnet':'10.82.0.0/24','dataDir':'%s'}"
                .formatted(addresses));
    assertEquals(0, added.exitCode(), added.output());
    assertEquals(List.of("10.82.0.2"), given(addresses));
    ip("netns", "del", NAMESPACE).expect(0);
    Node.await("the address is given back", 30, () -> given(addresses).isEmpty());
    ContainerNetworks.assertNothingLeft();
    assertFalse(Files.exists(CHANNEL));
  }

  private static List<String> given(Path addresses) {
    String[] names = addresses.resolve("kubernetes").toFile().list();
    return names == null
        ? List.of()
        : List.of(names).stream().filter(name -> name.startsWith("10.")).toList();
  }

  private ContainerNetworks.Outcome plugin(String command, String more) {
    JsonObject config =
        JsonParser.parseString(
                "{'cniVersion':'1.0.0','name':'kubernetes','type':'tsn-cni','instance':'%s'%s}"
                    .formatted(Node.INSTANCE, more)
                    .replace('\'', '"'))
            .getAsJsonObject();
    return networks.plugin(
        Map.of(
            "CNI_COMMAND", command,
            "CNI_CONTAINERID", "0123456789abcdef0123456789abcdef",
            "CNI_NETNS", "/run/netns/" + NAMESPACE,
            "CNI_IFNAME", "tsn0",
            "CNI_ARGS", "IgnoreUnknown=1;K8S_POD_NAMESPACE=plant;K8S_POD_NAME=robot-7d9f"),
        config);
  }

  private static Command ip(String... words) {
    return Command.start(Map.of(), Stream.concat(Stream.of("ip"), Stream.of(words)).toList())
        .end(20);
  }
}
