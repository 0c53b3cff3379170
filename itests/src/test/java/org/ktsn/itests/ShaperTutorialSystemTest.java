package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The shaper of docs/write-a-shaper.md: built by itself, dropped into a running node, removed. */
@ExtendWith(Node.class)
final class ShaperTutorialSystemTest {
  private static final Tutorial TUTORIAL =
      new Tutorial("docs/write-a-shaper.md", "itests/ats", "org.example.shaper.ats");

  @TempDir Path directory;

  @Test
  void shouldQuoteTheCodeAsItIs() throws IOException {
    TUTORIAL.assertQuoted(5);
  }

  @Test
  void shouldTakeUpAndGiveBackAShaperThatWasBuiltOutsideTheTreeWhileFramesFlow()
      throws IOException {
    Node node = Node.node();
    Path jar = TUTORIAL.build(directory);
    SteadyTraffic traffic = new SteadyTraffic(node, directory);
    JsonObject before = node.stats();
    assertEquals("tas", before.get("shaper").getAsString());
    try (Command listener = traffic.listen()) {
      try (Command talker = traffic.talk()) {
        Node.await("frames flow", 15, () -> traffic.sent() > SteadyTraffic.sentBy(before) + 100);
        dropInAndRemove(node, traffic, jar);
        assertTrue(talker.process().isAlive(), "both happened under load: " + talker.text());
      }
      Node.await("nothing waits any more", 10, () -> traffic.isDrained(before));
      listener.end(30).expect(0);
    }
    JsonObject after = node.stats();
    assertEquals(before.get("drops"), after.get("drops"));
    assertEquals(
        SteadyTraffic.inOrder((int) (SteadyTraffic.sentBy(after) - SteadyTraffic.sentBy(before))),
        traffic.arrived(),
        "a frame was lost, came twice, or was overtaken");
  }

  private static void dropInAndRemove(Node node, SteadyTraffic traffic, Path jar)
      throws IOException {
    Path configuration = Node.RUN.resolve("etc").resolve(TUTORIAL.bundle() + ".cfg");
    Path deployed = Node.HOME.resolve("deploy").resolve(jar.getFileName());
    try {
      Files.createDirectories(configuration.getParent());
      Files.writeString(configuration, "token.buckets = 0=20000000:3000,1=20000000:3000\n");
      Files.copy(jar, deployed);
      Node.await("the new shaper is at work", 30, () -> isActive(node, "ats"));
      JsonObject first = shapers(node).getFirst();
      assertEquals(TUTORIAL.bundle(), first.get("bundle").getAsString());
      assertEquals(200, first.get("ranking").getAsInt());
      assertTrue(
          shapers(node).stream().anyMatch(offer -> offer.get("name").getAsString().equals("tas")),
          "the one before is still on offer");
      long sentBefore = traffic.sent();
      Node.await("frames flow through it", 30, () -> traffic.sent() > sentBefore + 1_000);
      assertTrue(isActive(node, "ats"), "it is still at work");

      Files.delete(deployed);
      Node.await("the one before is back", 30, () -> isActive(node, "tas"));
      Node.await("the bundle is gone", 10, () -> !node.shell("lb -s").contains(TUTORIAL.bundle()));
    } finally {
      Files.deleteIfExists(deployed);
      Files.deleteIfExists(configuration);
    }
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
}
