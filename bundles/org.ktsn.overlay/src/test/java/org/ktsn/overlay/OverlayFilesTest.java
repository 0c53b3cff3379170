package org.ktsn.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ktsn.api.overlay.OverlayNetwork;
import org.ktsn.api.overlay.RemoteNode;
import org.ktsn.api.overlay.RemotePod;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.pod.Priorities;
import org.ktsn.testkit.MemoryStore;

/** What is in force of the files, and who is told. */
final class OverlayFilesTest {
  @TempDir private Path folder;
  private final MemoryStore store = new MemoryStore();
  private OverlayFiles files;
  private final List<Optional<OverlayNetwork>> told = new ArrayList<>();

  @BeforeEach
  void begin() {
    files = new OverlayFiles(List.of(folder, folder.resolve("absent")), store);
    files.bindObserver(told::add);
  }

  private static String node(String name, int number) {
    return """
        {"name": "%s", "tunnel": "192.0.2.%d", "pods": [{"name": "p%d",
         "mac": "02:00:00:00:00:0%d", "addresses": ["10.77.1.%d"]}]}"""
        .formatted(name, number, number, number, number);
  }

  private Path write(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.writeString(file, text);
    files.install(file.toFile());
    return file;
  }

  private List<String> nodes() {
    return files.network().stream()
        .flatMap(network -> network.nodes().stream())
        .map(RemoteNode::name)
        .toList();
  }

  private List<String> remotePods() {
    return files.network().stream()
        .flatMap(network -> network.nodes().stream())
        .flatMap(node -> node.pods().stream())
        .map(RemotePod::name)
        .toList();
  }

  private static Pod pod(String mac, String address) {
    return new Pod(
        "own",
        0,
        Path.of("/run/netns/own"),
        "tsn0",
        "v0-x",
        MacAddress.parse(mac),
        List.of(address),
        Path.of("/run/x/own/app.sock"),
        Map.of(),
        Optional.empty(),
        Optional.empty(),
        Priorities.ALL);
  }

  @Test
  void shouldTellOfEachChangeAndOfNothingElse() throws IOException {
    Path file = write("pods.overlay", OverlayReaderTest.network(node("east", 2)));
    assertEquals(List.of("east"), nodes());
    files.update(file.toFile());
    assertEquals(List.of(Optional.empty(), files.network()), told);
    write("pods.overlay", OverlayReaderTest.network(node("east", 2) + "," + node("north", 3)));
    assertEquals(List.of("east", "north"), nodes());
    files.uninstall(file.toFile());
    assertEquals(4, told.size());
    assertEquals(Optional.empty(), told.getLast());
  }

  @Test
  void shouldKnowTheOverlayBeforeItTellsAnybodyOfIt() throws IOException {
    Files.writeString(folder.resolve("pods.overlay"), OverlayReaderTest.network(node("east", 2)));
    List<Optional<OverlayNetwork>> first = new ArrayList<>();
    new OverlayFiles(List.of(folder), store).bindObserver(first::add);
    assertEquals(1, first.size());
    assertTrue(first.getFirst().isPresent());
  }

  @Test
  void shouldKeepWhatWasGoodAndSayWhatIsWrong() throws IOException {
    write("pods.overlay", OverlayReaderTest.network(node("east", 2)));
    write("pods.overlay", OverlayReaderTest.network(node("east", 2) + "," + node("north", 2)));
    assertEquals(List.of("east"), nodes());
    assertEquals(1, files.troubles().size());
    String sentence = files.refusals().getFirst();
    assertTrue(sentence.contains("/nodes/1/tunnel: is claimed by east and by north"), sentence);
    assertTrue(sentence.endsWith("what was in force stays"), sentence);
    write("pods.overlay", OverlayReaderTest.network(node("north", 3)));
    assertEquals(List.of("north"), nodes());
    assertEquals(List.of(), files.refusals());
  }

  @Test
  void shouldHaveOneNetworkAndSayWhichIsNotInForce() throws IOException {
    write("b.overlay", OverlayReaderTest.network(node("north", 3)));
    Path first = write("a.overlay", OverlayReaderTest.network(node("east", 2)));
    assertEquals(List.of("east"), nodes());
    assertTrue(files.refusals().getFirst().contains("b.overlay is not in force"));
    files.uninstall(first.toFile());
    assertEquals(List.of("north"), nodes());
    assertEquals(List.of(), files.refusals());
  }

  @Test
  void shouldLeaveOutRemotePodThatClaimsWhatOnesOwnPodHas() throws IOException {
    write("pods.overlay", OverlayReaderTest.network(node("east", 2) + "," + node("north", 3)));
    Pod sameAddress = pod("02:00:00:00:00:99", "10.77.1.3/16");
    files.attached(sameAddress);
    assertEquals(List.of("p2"), remotePods());
    assertEquals(
        List.of(
            "pod 'p3' of node north claims 10.77.1.3, which pod 'own' of this node has, and is not"
                + " reached; give one of the two another address"),
        files.refusals());
    files.detached(sameAddress);
    assertEquals(List.of("p2", "p3"), remotePods());
    files.attached(pod("02:00:00:00:00:02", "10.77.0.2/16"));
    assertEquals(List.of("p3"), remotePods());
  }

  @Test
  void shouldSayThatAFileIsNoText() throws IOException {
    Path file = folder.resolve("pods.overlay");
    Files.write(file, new byte[] {(byte) 0xff, (byte) 0xfe, 0});
    files.install(file.toFile());
    assertTrue(files.refusals().getFirst().contains("it is not UTF-8 text"));
    Files.delete(file);
    files.update(file.toFile());
    assertTrue(files.refusals().getFirst().contains("it can't be read"));
  }

  @Test
  void shouldGoOnWhenAnObserverFails() throws IOException {
    OverlayFiles others = new OverlayFiles(List.of(folder), store);
    others.bindObserver(
        network -> {
          throw new IllegalStateException("as it is wanted here");
        });
    others.bindObserver(told::add);
    Path file = folder.resolve("pods.overlay");
    Files.writeString(file, OverlayReaderTest.network(node("east", 2)));
    others.install(file.toFile());
    assertEquals(others.network(), told.getLast());
  }

  @Test
  void shouldWriteADescriptionThatIsGoodAndHaveItInForceAtOnce() throws IOException {
    OverlayFiles of = new OverlayFiles(List.of(folder), store);
    Path file = of.add("pods", OverlayReaderTest.network(node("east", 2)));
    assertEquals(folder.resolve("pods.overlay"), file);
    assertEquals(4097, of.network().orElseThrow().vni());
    assertEquals(
        of.network(), new OverlayFiles(List.of(folder), store).network(), "it is in the file");
    String refusal =
        assertThrows(
                IllegalArgumentException.class,
                () -> of.add("other", OverlayReaderTest.network("").replace("pods", "other")))
            .getMessage();
    assertTrue(refusal.endsWith("remove that first: ./ktsn net del pods"), refusal);
    assertEquals(file, of.remove("pods"));
    assertEquals(Optional.empty(), of.network());
    assertEquals(0, files(folder));
    assertTrue(
        assertThrows(IllegalArgumentException.class, () -> of.remove("pods"))
            .getMessage()
            .startsWith("there is no " + file + " to remove"));
  }

  @Test
  void shouldWriteNothingThatIsNotGood() throws IOException {
    OverlayFiles of = new OverlayFiles(List.of(folder), store);
    for (String name : List.of("../pods", "", "a b", "/etc/pods", "p".repeat(64))) {
      assertThrows(
          IllegalArgumentException.class, () -> of.add(name, OverlayReaderTest.network("")));
      assertThrows(IllegalArgumentException.class, () -> of.remove(name));
    }
    assertThrows(
        IllegalArgumentException.class, () -> of.add("other", OverlayReaderTest.network("")));
    assertEquals(
        "network 'pods' is not added: /tunnel: is '224.0.0.1', not the IP address of one host;"
            + " write it as 10.77.0.2 or fd77::2",
        assertThrows(
                IllegalArgumentException.class,
                () ->
                    of.add("pods", OverlayReaderTest.network("").replace("192.0.2.1", "224.0.0.1")))
            .getMessage());
    assertEquals(0, files(folder));
    assertEquals(Optional.empty(), of.network());
  }

  private static long files(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files.count();
    }
  }
}
