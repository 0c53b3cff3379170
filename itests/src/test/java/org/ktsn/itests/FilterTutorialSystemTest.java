package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The filter of docs/write-a-filter.md: built by itself, dropped into a running node, removed. */
@ExtendWith(Node.class)
final class FilterTutorialSystemTest {
  private static final Tutorial TUTORIAL =
      new Tutorial("docs/write-a-filter.md", "itests/quota", "org.example.filter.quota");
  private static final String REASON = "quota_exceeded";

  @TempDir Path directory;

  @Test
  void shouldQuoteTheCodeAsItIs() throws IOException {
    TUTORIAL.assertQuoted(5);
  }

  @Test
  void shouldTakeUpAndGiveBackAFilterThatWasBuiltOutsideTheTreeWhileFramesFlow()
      throws IOException {
    Node node = Node.node();
    Path jar = TUTORIAL.build(directory);
    SteadyTraffic traffic = new SteadyTraffic(node, directory);
    List<String> line = names(node);
    assertFalse(line.contains("quota"), line.toString());
    JsonObject before = node.stats();
    try (Command listener = traffic.listen()) {
      try (Command talker = traffic.talk()) {
        Node.await("frames flow", 15, () -> traffic.sent() > SteadyTraffic.sentBy(before) + 100);
        dropInAndRemove(node, line, traffic, jar);
        assertTrue(talker.process().isAlive(), "both happened under load: " + talker.text());
      }
      Node.await("nothing waits any more", 10, () -> traffic.isDrained(before));
      listener.end(30).expect(0);
    }
    JsonObject after = node.stats();
    long refused = refused(after) - refused(before);
    assertTrue(refused > 0, "none was refused");
    assertEquals(refused, SteadyTraffic.dropped(after) - SteadyTraffic.dropped(before));
    List<Integer> arrived = traffic.arrived();
    assertEquals(SteadyTraffic.sentBy(after) - SteadyTraffic.sentBy(before), arrived.size());
    assertEquals(
        List.copyOf(new TreeSet<>(arrived)), arrived, "a frame came twice, or was overtaken");
    assertEquals(
        SteadyTraffic.inOrder((int) (arrived.size() + refused)).getLast(),
        arrived.getLast(),
        "what did not arrive was refused");
  }

  private static void dropInAndRemove(Node node, List<String> line, SteadyTraffic traffic, Path jar)
      throws IOException {
    Path configuration = Node.RUN.resolve("etc").resolve(TUTORIAL.bundle() + ".cfg");
    Path deployed = Node.HOME.resolve("deploy").resolve(jar.getFileName());
    try {
      Files.createDirectories(configuration.getParent());
      Files.writeString(configuration, "frames.per.second = 500\n");
      Files.copy(jar, deployed);
      Node.await("the filter is at work", 30, () -> names(node).contains("quota"));
      List<JsonObject> filters = filters(node);
      List<Integer> orders = filters.stream().map(each -> each.get("order").getAsInt()).toList();
      assertEquals(orders.stream().sorted().toList(), orders);
      assertEquals(line.size() + 1, filters.size());
      JsonObject quota = filters.get(names(node).indexOf("quota"));
      assertEquals(TUTORIAL.bundle(), quota.get("bundle").getAsString());
      assertEquals(200, quota.get("order").getAsInt());
      assertTrue(quota.get("at_work").getAsBoolean(), quota.toString());
      Node.await("it refuses", 30, () -> refused(node.stats()) > 500);
      long sentBefore = traffic.sent();
      Node.await("frames flow through it", 30, () -> traffic.sent() > sentBefore + 500);
      assertTrue(node.shell("ktsn:filters").contains("quota, quotas:"));
      assertTrue(node.shell("ktsn:flows").contains(REASON), "flows know the reason");

      Files.delete(deployed);
      Node.await("it is gone", 30, () -> names(node).equals(line));
      Node.await("the bundle is gone", 10, () -> !node.shell("lb -s").contains(TUTORIAL.bundle()));
      long refused = refused(node.stats());
      long sent = traffic.sent();
      Node.await("frames flow without it", 30, () -> traffic.sent() > sent + 1_500);
      assertEquals(refused, refused(node.stats()));
    } finally {
      Files.deleteIfExists(deployed);
      Files.deleteIfExists(configuration);
    }
  }

  private static long refused(JsonObject stats) {
    JsonElement count = stats.getAsJsonObject("drops").get(REASON);
    return count == null ? 0 : count.getAsLong();
  }

  private static List<JsonObject> filters(Node node) {
    return node.json("ktsn:filters --json").getAsJsonArray().asList().stream()
        .map(JsonElement::getAsJsonObject)
        .toList();
  }

  private static List<String> names(Node node) {
    return filters(node).stream().map(filter -> filter.get("name").getAsString()).toList();
  }
}
