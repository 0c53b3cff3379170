package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.ktsn.cli.ControlClient;

/**
 * A node of a cluster: the image's KTSNd, with the volumes and rights that the chart gives it,
 * beside an Open vSwitch of the node, serves pods.
 */
@ExtendWith(Node.class)
final class KubernetesNodeSystemTest {
  private static final String INSTANCE = "ktiimg";
  private static final Path RUN = Path.of("/run", INSTANCE);
  private static final Path HUGEPAGES = Path.of("/sys/kernel/mm/hugepages/hugepages-2048kB");
  private static final int PAGES = 32;
  private static final int FRAMES = 50;
  private static final Path CHANNEL = RUN.resolve("by-name/plant_talks_tsn0");

  @TempDir Path directory;

  private int pagesBefore;

  @BeforeEach
  void begin() throws IOException {
    pagesBefore = pages();
    setPages(pagesBefore + PAGES);
    for (String pod : List.of("talks", "listens")) {
      run("ip", "netns", "del", INSTANCE + "-" + pod); // of a run that was killed
      run("ip", "netns", "add", INSTANCE + "-" + pod).expect(0);
    }
  }

  @AfterEach
  void end() throws IOException {
    for (String pod : List.of("talks", "listens")) {
      run("ip", "netns", "del", INSTANCE + "-" + pod);
    }
    run(
        "ovs-vsctl",
        "--db=unix:" + Node.RUN + "/ovs/db.sock",
        "--if-exists",
        "del-br",
        "br-" + INSTANCE);
    run("rm", "-rf", RUN.toString());
    Files.writeString(HUGEPAGES.resolve("nr_hugepages"), Integer.toString(pagesBefore));
  }

  @Test
  void shouldServePodsFromItsImage() throws IOException {
    ContainerImage image = ContainerImage.kept();
    ClusterObjects objects = ClusterObjects.render(List.of(), values());
    try (DaemonSetPod pod = new DaemonSetPod(image, objects, directory)) {
      assertTrue(becomesReady(pod), () -> "KTSNd does not get ready\n" + pod.said() + log());
      assertTrue(
          pod.exec("/opt/ktsn/bin/ktsn-cli", "shell", "scr:list").contains("org.ktsn.port.dpdk"));
      assertEquals(
          List.of(),
          ask("felix:lb -s")
              .lines()
              .filter(line -> line.matches(".*\\|(Installed|Resolved) .*"))
              .toList());
      String listens = add("listens");
      add("talks");
      sendTo(listens);
      Node.await("all have left through KTSNd", 10, () -> sent() >= FRAMES);
      plugin("DEL", "talks");
      plugin("DEL", "listens");
    }
  }

  private static boolean becomesReady(DaemonSetPod pod) {
    long end = System.nanoTime() + Patience.ns(30);
    while (pod.isRunning() && System.nanoTime() < end) {
      if (pod.isReady()) {
        return true;
      }
      LockSupport.parkNanos(100_000_000);
    }
    return false;
  }

  /** What an operator sets for this node, whose places are the test's own. */
  private Map<String, String> values() {
    Map<String, String> values = new LinkedHashMap<>();
    values.put("image.name", ContainerImage.NAME);
    values.put("instance", INSTANCE);
    values.put("paths.openvswitch", Node.RUN.resolve("ovs").toString());
    for (String place : List.of("cniBin", "cniData", "cdi", "library", "state")) {
      values.put("paths." + place, directory.resolve(place).toString());
    }
    return values;
  }

  private void sendTo(String address) throws IOException {
    String endpoint = address + ":6800";
    Command listener =
        inPod(
            "listens",
            Node.HOME.resolve("demo/listener").toString(),
            "--bind",
            endpoint,
            "--output",
            directory.resolve("arrivals").toString(),
            "--frames",
            Integer.toString(FRAMES));
    Node.await("it listens", 10, () -> listener.out().contains("ready"));
    ChannelVolume.start(
            INSTANCE + "-talks",
            CHANNEL,
            directory.resolve("library/libktsn.so"),
            Node.HOME.resolve("demo/talker").toString(),
            "--to",
            endpoint,
            "--frames",
            Integer.toString(FRAMES),
            "--lead-ns",
            "300000000")
        .end(30)
        .expect(0);
    listener.end(30).expect(0);
  }

  private static Command inPod(String pod, String... words) {
    List<String> all = new ArrayList<>(List.of("ip", "netns", "exec", INSTANCE + "-" + pod));
    all.addAll(List.of(words));
    return Command.start(Map.of(), all);
  }

  private static long sent() {
    return JsonParser.parseString(ask("ktsn:stats --json"))
        .getAsJsonObject()
        .get("sent")
        .getAsLong();
  }

  private static String ask(String command) {
    try (ControlClient client = ControlClient.connect(RUN.resolve("control.sock"))) {
      ControlClient.Reply reply = client.run(command);
      assertEquals(0, reply.status(), () -> command + "\n" + reply.output() + reply.error());
      return reply.output();
    }
  }

  /** Attaches a pod; returns its address, which is of the image's own address manager. */
  private String add(String pod) throws IOException {
    Matcher address = Pattern.compile("\"address\":\\s*\"([0-9.]+)/").matcher(plugin("ADD", pod));
    assertTrue(address.find());
    return address.group(1);
  }

  /** Calls the plugin that the pod installed on the node, as a runtime does. */
  private String plugin(String command, String pod) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(directory.resolve("cniBin/tsn-cni").toString());
    builder
        .environment()
        .putAll(
            Map.of(
                "CNI_COMMAND",
                command,
                "CNI_CONTAINERID",
                "feed0000" + pod,
                "CNI_NETNS",
                "/run/netns/" + INSTANCE + "-" + pod,
                "CNI_IFNAME",
                "tsn0",
                "CNI_PATH",
                directory.resolve("cniBin").toString(),
                "CNI_ARGS",
                "IgnoreUnknown=1;K8S_POD_NAMESPACE=plant;K8S_POD_NAME=" + pod));
    JsonObject network =
        JsonParser.parseString(
                "{'cniVersion':'1.0.0','name':'tsn','type':'tsn-cni','instance':'%s','ipam':{'type':'host-local','subnet':'10.83.0.0/24','dataDir':'%s'}}"
                    .formatted(INSTANCE, directory.resolve("cniData"))
                    .replace('\'', '"'))
            .getAsJsonObject();
    Process process = builder.redirectErrorStream(true).start();
    try (OutputStream in = process.getOutputStream()) {
      in.write(network.toString().getBytes(StandardCharsets.UTF_8));
    }
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      assertEquals(0, process.waitFor(), said);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
    return said;
  }

  private static String log() {
    try (Stream<String> lines = Files.lines(RUN.resolve("ktsnd.log"))) {
      return String.join("\n", lines.filter(line -> !line.contains(" INFO ")).toList());
    } catch (IOException e) {
      return "no log: " + e;
    }
  }

  /** Gives the machine more hugepages, or takes them back. */
  private static int pages() throws IOException {
    return Integer.parseInt(Files.readString(HUGEPAGES.resolve("nr_hugepages")).strip());
  }

  private static void setPages(int wanted) throws IOException {
    Path number = HUGEPAGES.resolve("nr_hugepages");
    Files.writeString(number, Integer.toString(wanted));
    if (pages() < wanted) {
      // Memory is there but in pieces: let the kernel drop caches and compact, then try once more.
      Files.writeString(Path.of("/proc/sys/vm/drop_caches"), "3");
      Files.writeString(Path.of("/proc/sys/vm/compact_memory"), "1");
      Files.writeString(number, Integer.toString(wanted));
    }
    assertEquals(wanted, pages(), "hugepages");
  }

  private static Command run(String... words) {
    return Command.start(Map.of(), List.of(words)).end(20);
  }
}
