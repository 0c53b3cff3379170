package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The shaper of docs/write-a-shaper.md: built by itself, dropped into a running node, removed. */
@ExtendWith(Node.class)
final class ShaperTutorialSystemTest {
  private static final Path PROJECT = Node.ROOT.resolve("itests/ats");
  private static final Path TUTORIAL = Node.ROOT.resolve("docs/write-a-shaper.md");
  private static final Path DEMO = Node.HOME.resolve("demo");
  private static final String BUNDLE = "org.example.shaper.ats";
  private static final Pattern QUOTE =
      Pattern.compile("(?ms)^<!-- (\\S+) -->\\n```\\w+\\n(.*?)^```$");
  private static final int MOST_FRAMES = 240_000;
  private static final int ARRIVALS_HEADER_OCTETS = 32;
  private static final int ARRIVAL_OCTETS = 24;

  @TempDir Path directory;

  @Test
  void shouldQuoteTheCodeAsItIs() throws IOException {
    Matcher quotes = QUOTE.matcher(Files.readString(TUTORIAL));
    int found = 0;
    while (quotes.find()) {
      String file = Files.readString(PROJECT.resolve(quotes.group(1)));
      for (String part : quotes.group(2).split("(?m)^ *(//|<!--) \\.\\.\\.( -->)?\\n", -1)) {
        assertTrue(file.contains(part), quotes.group(1) + " does not contain\n" + part);
      }
      found++;
    }
    assertTrue(found >= 5, "the tutorial quotes " + found + " files");
  }

  @Test
  void shouldTakeUpAndGiveBackAShaperThatWasBuiltOutsideTheTreeWhileFramesFlow()
      throws IOException {
    Node node = Node.node();
    Path jar = build();
    JsonObject before = node.stats();
    assertEquals("tas", before.get("shaper").getAsString());
    try (Command listener = listen(node)) {
      try (Command talker = talk(node)) {
        Node.await("frames flow", 15, () -> sent(node) > sentBy(before) + 100);
        dropInAndRemove(node, jar);
        assertTrue(talker.process().isAlive(), "both happened under load: " + talker.text());
      }
      Node.await("nothing waits any more", 10, () -> isDrained(node, before));
      listener.end(30).expect(0);
    }
    JsonObject after = node.stats();
    assertEquals(before.get("drops"), after.get("drops"));
    assertArrivedOnceAndInOrder(sentBy(after) - sentBy(before));
  }

  private static void dropInAndRemove(Node node, Path jar) throws IOException {
    Path configuration = Node.RUN.resolve("etc").resolve(BUNDLE + ".cfg");
    Path deployed = Node.HOME.resolve("deploy").resolve(jar.getFileName());
    try {
      Files.createDirectories(configuration.getParent());
      Files.writeString(configuration, "token.buckets = 0=20000000:3000,1=20000000:3000\n");
      Files.copy(jar, deployed);
      Node.await("the new shaper is at work", 30, () -> isActive(node, "ats"));
      JsonObject first = shapers(node).getFirst();
      assertEquals(BUNDLE, first.get("bundle").getAsString());
      assertEquals(200, first.get("ranking").getAsInt());
      assertTrue(
          shapers(node).stream().anyMatch(offer -> offer.get("name").getAsString().equals("tas")),
          "the one before is still on offer");
      long sentBefore = sent(node);
      Node.await("frames flow through it", 30, () -> sent(node) > sentBefore + 1_000);
      assertTrue(isActive(node, "ats"), "it is still at work");

      Files.delete(deployed);
      Node.await("the one before is back", 30, () -> isActive(node, "tas"));
      Node.await("the bundle is gone", 10, () -> !node.shell("lb -s").contains(BUNDLE));
    } finally {
      Files.deleteIfExists(deployed);
      Files.deleteIfExists(configuration);
    }
  }

  /**
   * Builds a copy of the project with nothing of this tree around it, as its reader does: with
   * KTSN's artifacts in the local repository of the build that runs this test, and the rest from
   * wherever Maven fetches it.
   */
  private Path build() throws IOException {
    Path copy = directory.resolve("ats");
    try (Stream<Path> files = Files.walk(PROJECT)) {
      files
          .filter(file -> !file.startsWith(PROJECT.resolve("target")))
          .forEach(file -> copy(file, copy.resolve(PROJECT.relativize(file).toString())));
    }
    Command.start(
            Map.of("JAVA_HOME", System.getProperty("java.home")),
            List.of(
                "mvn",
                "-B",
                "-ntp",
                "-Dmaven.repo.local=" + System.getProperty("localRepository"),
                "-f",
                copy.resolve("pom.xml").toString(),
                "package"))
        .end(600)
        .expect(0);
    return copy.resolve("target/" + BUNDLE + "-1.0.0.jar");
  }

  private static void copy(Path from, Path to) {
    try {
      Files.copy(from, to);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Receives until nothing has come for two seconds. */
  private Command listen(Node node) {
    Command listener =
        node.inNetwork(
            "bob",
            DEMO.resolve("listener").toString(),
            "--bind",
            "0.0.0.0:6310",
            "--frames",
            Integer.toString(MOST_FRAMES),
            "--output",
            directory.resolve("arrivals").toString());
    Node.await(
        "the listener listens",
        10,
        () -> listener.out().contains("ready") || !listener.process().isAlive());
    assertTrue(listener.process().isAlive(), listener.text());
    return listener;
  }

  /** Sends a frame each millisecond, with a second of notice, for longer than is needed. */
  private static Command talk(Node node) {
    return node.exec(
        "alice",
        DEMO.resolve("talker").toString(),
        "--to",
        node.bob() + ":6310",
        "--frames",
        Integer.toString(MOST_FRAMES),
        "--period-ns",
        "1000000",
        "--lead-ns",
        "1000000000");
  }

  private static boolean isDrained(Node node, JsonObject before) {
    JsonObject stats = node.stats();
    long received = stats.get("received").getAsLong() - before.get("received").getAsLong();
    return received == sentBy(stats) - sentBy(before);
  }

  private static boolean isActive(Node node, String shaper) {
    JsonObject answer = node.json("ktsn:shaper --json").getAsJsonObject();
    return answer.get("active").getAsString().equals(shaper);
  }

  private static List<JsonObject> shapers(Node node) {
    return node
        .json("ktsn:shaper --json")
        .getAsJsonObject()
        .getAsJsonArray("shapers")
        .asList()
        .stream()
        .map(JsonElement::getAsJsonObject)
        .toList();
  }

  private static long sent(Node node) {
    return sentBy(node.stats());
  }

  private static long sentBy(JsonObject stats) {
    return stats.get("sent").getAsLong();
  }

  private void assertArrivedOnceAndInOrder(long frames) throws IOException {
    ByteBuffer arrivals =
        ByteBuffer.wrap(Files.readAllBytes(directory.resolve("arrivals")))
            .order(ByteOrder.LITTLE_ENDIAN);
    byte[] magic = new byte[8];
    arrivals.get(0, magic);
    assertEquals("TALKRCV1", new String(magic, StandardCharsets.US_ASCII));
    assertEquals(frames, arrivals.getLong(8), "frames were lost or came twice");
    for (int i = 0; i < frames; i++) {
      int sequence = arrivals.getInt(ARRIVALS_HEADER_OCTETS + i * ARRIVAL_OCTETS);
      assertEquals(i, sequence, "a frame was lost, came twice, or was overtaken");
    }
  }
}
