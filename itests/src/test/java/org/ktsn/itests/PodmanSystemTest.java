package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Containers of Podman: two networks, addresses of host-local on both, and the channel by CDI. In
 * each way that this Podman has: with its CNI back end, if it has one, and in a network namespace
 * in which the plugins were called before.
 */
@ExtendWith(Node.class)
final class PodmanSystemTest {
  private static ContainerNetworks networks;

  /** Who calls the plugins. */
  enum Way {
    PODMAN,
    IN_NETWORK;

    Command run(String name, String script) {
      return run(name, List.of(), script);
    }

    Command run(String name, List<String> options, String script) {
      List<String> words = new ArrayList<>();
      if (this == IN_NETWORK) {
        words.addAll(List.of(networks.runtime("in-network"), name));
      }
      words.addAll(List.of(networks.runtime("podman"), "run", "--rm", "--log-driver", "none"));
      words.addAll(List.of("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"));
      words.addAll(List.of("--name", name));
      words.addAll(
          this == IN_NETWORK
              ? List.of("--network", "ns:/run/netns/" + name)
              : List.of("--network", "plain", "--network", "tsn:interface_name=tsn0"));
      words.addAll(List.of("--device", "ktsn.org/tsn=" + name + "_tsn0"));
      words.addAll(options);
      words.addAll(List.of("--rootfs", networks.root(), "/bin/sh", "-c", script));
      return Command.start(Map.of(), words);
    }
  }

  /** Podman 5 has no CNI back end in most distributions. */
  static List<Way> ways() {
    return networks.podmanCallsPlugins()
        ? List.of(Way.PODMAN, Way.IN_NETWORK)
        : List.of(Way.IN_NETWORK);
  }

  @BeforeAll
  static void begin() throws IOException {
    networks = ContainerNetworks.make("ktitbr1");
    String ordinary = networks.ordinary("10.88.8.0/24");
    String timeSensitive =
        networks.timeSensitive(
            ",'capabilities':{'mac':true},'ipam':{'type':'host-local','dataDir':'"
                + networks.directory()
                + "/addresses','subnet':'10.78.0.0/24'}");
    networks.network("plain", ordinary);
    networks.network("tsn", timeSensitive);
    networks.interfaceConfiguration("eth0", "plain", ordinary);
    networks.interfaceConfiguration("tsn0", "tsn", timeSensitive);
  }

  @AfterAll
  static void end() {
    networks.close();
  }

  @ParameterizedTest
  @MethodSource("ways")
  void shouldBringChannelAndLibraryIntoTheContainerByCdi(Way way) throws IOException {
    Node node = Node.node();
    JsonObject before = node.stats();
    Command listens =
        way.run("listens", "cat /etc/ld.so.preload; " + ContainerNetworks.listening(200, 50));
    String timeSensitive = ContainerNetworks.address(listens, "tsn0");
    String ordinary = ContainerNetworks.address(listens, "eth0");
    assertTrue(timeSensitive.startsWith("10.78.0."), timeSensitive);
    assertTrue(ordinary.startsWith("10.88.8."), ordinary);
    assertTrue(listens.out().contains("/opt/ktsn/libktsn.so"), listens.out());
    assertTrue(node.shell("ktsn:pods").contains(" listens "), node.shell("ktsn:pods"));

    Command talks =
        way.run("talks", ContainerNetworks.talking(timeSensitive, 200, ordinary, 50)).end(60);
    listens.end(60);
    assertTrue(talks.out().contains("end 0"), talks.text());
    assertTrue(listens.out().contains("end 0"), listens.text());
    JsonObject after = node.stats();
    assertEquals(
        200, difference(before, after, "received"), "only what has a launch time came to KTSNd");
    assertEquals(200, difference(before, after, "sent"), after.toString());
    ContainerNetworks.assertNothingLeft();
  }

  @ParameterizedTest
  @MethodSource("ways")
  void shouldLeaveTheContainersOwnPreloadsInFront(Way way) throws IOException {
    Path root = Path.of(networks.root());
    for (String library : List.of("own.so", "images.so")) {
      String made = root.resolve("opt").resolve(library).toString();
      Command.start(
              Map.of(), List.of("cc", "-shared", "-nostdlib", "-x", "c", "-o", made, "/dev/null"))
          .end(60)
          .expect(0);
    }
    Path file = root.resolve("etc/ld.so.preload");
    Files.writeString(file, "/opt/images.so");
    try {
      Command owns =
          way.run(
                  "owns",
                  List.of("--env", "LD_PRELOAD=/opt/own.so"),
                  "echo $LD_PRELOAD; cat /etc/ld.so.preload; LD_TRACE_LOADED_OBJECTS=1 cat")
              .end(60);
      String said = owns.out();
      assertTrue(
          said.startsWith("/opt/own.so\n/opt/images.so\n/opt/ktsn/libktsn.so\n"), owns.text());
      // The loader tells what it loads in the order in which symbols are looked up.
      String loaded = said.substring(said.lastIndexOf("/opt/own.so"));
      assertTrue(loaded.indexOf("/opt/images.so") > 0, owns.text());
      assertTrue(
          loaded.indexOf("/opt/ktsn/libktsn.so") > loaded.indexOf("/opt/images.so"), owns.text());
      assertTrue(loaded.indexOf("libc.so") > loaded.indexOf("/opt/ktsn/libktsn.so"), owns.text());
      assertEquals("/opt/images.so", Files.readString(file));
    } finally {
      Files.delete(file);
    }
    ContainerNetworks.assertNothingLeft();
  }

  @ParameterizedTest
  @MethodSource("ways")
  void shouldNotLetAContainerPutAnythingInTheChannelsPlace(Way way) throws IOException {
    Command tries =
        way.run(
                "tries",
                "ls() { for f in \"$1\"/*; do echo \"$f\"; done; }; ls /run/ktsn;"
                    + " echo x > /run/ktsn/x && echo written;"
                    + " echo x > /opt/ktsn/x && echo written; echo end")
            .end(60);
    assertTrue(tries.out().contains("/run/ktsn/app.sock"), tries.text());
    assertTrue(tries.out().contains("end"), tries.text());
    assertTrue(!tries.out().contains("written"), tries.text());
    ContainerNetworks.assertNothingLeft();
  }

  private static long difference(JsonObject before, JsonObject after, String counter) {
    return after.get(counter).getAsLong() - before.get(counter).getAsLong();
  }
}
