package org.ktsn.overlay.mqtt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ktsn.api.overlay.OverlayAnnouncements;
import org.ktsn.api.overlay.OverlayAnnouncements.State;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.api.pod.Pod;
import org.ktsn.testkit.MemoryStore;

/** Nodes that tell each other of themselves by a broker, under a clock that the test sets. */
final class OverlayPartTest {
  private static final long MS = 1_000_000L;
  private static final long S = TimeUnit.SECONDS.toNanos(1);

  @TempDir private Path folder;
  private final ManualWorker worker = new ManualWorker();
  private final FakeBroker broker = new FakeBroker(worker);

  /** A node with its overlay, its link and its part. */
  private final class TestNode {
    private final String name;
    private final FakeBroker.Link link;
    private final MemoryStore store;
    private final TestOverlay overlay;
    private final OverlayPart part;

    TestNode(String name, int tunnel) {
      this(name, tunnel, new MemoryStore());
    }

    TestNode(String name, int tunnel, MemoryStore store) {
      this.name = name;
      this.store = store;
      link = broker.link(name);
      overlay = new TestOverlay(folder.resolve(name + tunnel), store);
      overlay.describe(description(tunnel));
      part = new OverlayPart(overlay.announcements(), link, worker);
      overlay.tell(part::ownChanged);
      part.ownChanged();
    }

    TestNode connected() {
      worker.pass(S);
      link.connect();
      worker.pass(3 * S);
      return this;
    }

    void attach(int pod) {
      overlay.pods().attached(pod(pod));
    }

    void detach(int pod) {
      overlay.pods().detached(pod(pod));
    }

    List<String> sees() {
      return overlay.service().network().stream()
          .flatMap(network -> network.nodes().stream())
          .map(node -> node.name() + node.pods().stream().map(of -> of.name()).toList())
          .toList();
    }
  }

  private static String description(int tunnel) {
    return "{\"network\":\"pods\",\"vni\":7,\"tunnel\":\"192.0.2."
        + tunnel
        + "\",\"announcements\":true}";
  }

  private static Pod pod(int number) {
    return new Pod(
        "p" + number,
        number,
        Path.of("/run/netns/p" + number),
        "tsn0",
        "v" + number,
        new MacAddress(0x02_00_00_00_00_00L + number),
        List.of("10.77.0." + number + "/16"),
        Path.of("/run/x/app.sock"));
  }

  private void status(String node, String state) {
    broker.publish(FakeBroker.topics(node).status(), "{\"state\":\"" + state + "\"}");
    worker.pass(S);
  }

  @Test
  void shouldLetNodesFindEachOtherAndFollowTheirPods() {
    TestNode west = new TestNode("west", 1).connected();
    assertEquals(List.of(), west.sees());
    TestNode east = new TestNode("east", 2);
    east.attach(5);
    east.connected();
    assertEquals(List.of("east[p5]"), west.sees());
    assertEquals(List.of("west[]"), east.sees());
    west.attach(1);
    worker.pass(S);
    assertEquals(List.of("west[p1]"), east.sees());
    east.detach(5);
    east.attach(6);
    worker.pass(S);
    assertEquals(List.of("east[p6]"), west.sees());
    east.overlay.describe(description(9));
    worker.pass(S);
    assertEquals(
        "192.0.2.9",
        west.overlay
            .service()
            .network()
            .orElseThrow()
            .nodes()
            .getFirst()
            .tunnel()
            .getHostAddress());
    east.overlay.remove();
    worker.pass(S);
    assertEquals(List.of(), west.sees());
    assertFalse(east.link.isListening());
    assertTrue(broker.retained("east").isEmpty());
  }

  @Test
  void shouldSayManyChangesOnceAndNothingWithoutAChange() {
    TestNode west = new TestNode("west", 1).connected();
    assertEquals(1, broker.announced("west"));
    for (int i = 1; i <= 50; i++) {
      west.attach(i);
      worker.pass(MS);
    }
    worker.pass(S);
    assertEquals(2, broker.announced("west"));
    west.attach(1);
    west.detach(50);
    west.attach(50);
    worker.pass(3600 * S);
    assertEquals(2, broker.announced("west"));
    new TestNode("east", 2).connected();
    worker.pass(3600 * S);
    assertEquals(2, broker.announced("west"), "nobody answers an announcement");
    assertEquals(1, broker.announced("east"));
  }

  @Test
  void shouldSayItAgainToABrokerThatHasForgotten() {
    TestNode west = new TestNode("west", 1).connected();
    TestNode east = new TestNode("east", 2).connected();
    for (TestNode node : List.of(west, east)) {
      node.link.disconnect();
    }
    broker.forget();
    worker.pass(10 * S);
    assertEquals(List.of("east[]"), west.sees(), "without a broker all stays as it is known");
    west.connected();
    assertTrue(broker.retained("west").isPresent());
    assertEquals(List.of("east[]"), west.sees());
    east.connected();
    worker.pass(2 * 60 * S);
    assertEquals(Map.of("east", State.ANNOUNCED), west.overlay.service().announced());
  }

  @Test
  void shouldNotConfirmWhomNobodyHearsAnyMore() {
    TestNode west = new TestNode("west", 1).connected();
    new TestNode("east", 2).connected().link.disconnect();
    west.link.disconnect();
    broker.forget();
    worker.pass(1000 * S);
    assertEquals(Map.of("east", State.ANNOUNCED), west.overlay.service().announced());
    west.connected();
    worker.pass(30 * S);
    west.link.disconnect();
    worker.pass(1000 * S);
    assertEquals(Map.of("east", State.ANNOUNCED), west.overlay.service().announced());
    west.connected();
    worker.pass(61 * S);
    assertEquals(Map.of("east", State.UNCONFIRMED), west.overlay.service().announced());
    assertEquals(List.of("east[]"), west.sees(), "it is not forgotten");
  }

  @Test
  void shouldTellWhoIsAwayAndKeepItsPods() {
    TestNode west = new TestNode("west", 1).connected();
    TestNode east = new TestNode("east", 2);
    east.attach(5);
    east.connected();
    status("east", "offline");
    assertEquals(Map.of("east", State.AWAY), west.overlay.service().announced());
    assertEquals(List.of("east[p5]"), west.sees());
    east.attach(6);
    worker.pass(S);
    assertEquals(Map.of("east", State.AWAY), west.overlay.service().announced());
    status("east", "online");
    assertEquals(Map.of("east", State.ANNOUNCED), west.overlay.service().announced());
    for (String nonsense : List.of("", "{", "7", "[]", "{\"state\":[]}", "{\"state\":\"x\"}")) {
      broker.publish(FakeBroker.topics("east").status(), nonsense);
    }
    worker.pass(S);
    assertEquals(Map.of("east", State.ANNOUNCED), west.overlay.service().announced());
  }

  @Test
  void shouldLeaveItsNameToTheNodeThatHadItFirst() {
    TestNode watch = new TestNode("watch", 9).connected();
    TestNode first = new TestNode("west", 1);
    first.attach(1);
    first.connected();
    String said = broker.retained("west").orElseThrow();
    TestNode second = new TestNode("west", 2);
    second.attach(2);
    second.connected();
    worker.pass(600 * S);
    assertEquals(said, broker.retained("west").orElseThrow());
    assertEquals(List.of("west[p1]"), watch.sees());
    String refusal = second.overlay.service().refusals().getFirst();
    assertTrue(
        refusal.startsWith(
            "ktsn/v1/lab/west/overlay: another node announces itself by the name of this one,"
                + " west; give one of the two another"),
        refusal);
    assertTrue(second.link.events.getFirst().contains("overlay-refused"));
    assertEquals(List.of(), first.overlay.service().refusals());
    // Until the first one is no more.
    broker.publish(FakeBroker.topics("west").overlay(), "");
    first.link.disconnect();
    worker.pass(S);
    assertEquals(List.of("west[p2]"), watch.sees());
    assertEquals(List.of(), second.overlay.service().refusals());
  }

  @Test
  void shouldSayAgainWhatAnotherHasOverwrittenButNotAllTheTime() {
    TestNode watch = new TestNode("watch", 9).connected();
    TestNode west = new TestNode("west", 1).connected();
    String said = broker.retained("west").orElseThrow();
    String forged = forged();
    for (int i = 0; i < 200; i++) {
      broker.publish(FakeBroker.topics("west").overlay(), forged);
      worker.pass(S);
    }
    long again = broker.announced("west") - 1;
    assertTrue(again >= 2 && again <= 3, again + " in 200 s");
    assertEquals(List.of("west[]"), watch.sees());
    assertEquals(
        "192.0.2.1",
        watch
            .overlay
            .service()
            .network()
            .orElseThrow()
            .nodes()
            .getFirst()
            .tunnel()
            .getHostAddress());
    worker.pass(61 * S);
    assertEquals(said, broker.retained("west").orElseThrow());
    assertEquals(List.of(), west.overlay.service().refusals());
  }

  @Test
  void shouldTakeItsNameWhenNobodyHasItAnyMoreAfterAConnection() {
    TestNode watch = new TestNode("watch", 9).connected();
    TestNode first = new TestNode("west", 1).connected();
    TestNode second = new TestNode("west", 2);
    second.attach(2);
    second.connected();
    assertEquals(1, second.overlay.service().refusals().size());
    second.link.disconnect();
    second.connected();
    assertEquals(1, second.overlay.service().refusals().size(), "it is still there");
    assertEquals(List.of("west[]"), watch.sees());
    first.link.disconnect();
    second.link.disconnect();
    worker.pass(S);
    broker.publish(FakeBroker.topics("west").overlay(), "");
    second.connected();
    assertEquals(List.of("west[p2]"), watch.sees());
    assertEquals(List.of(), second.overlay.service().refusals());
  }

  @Test
  void shouldSayItsOwnChangesWhileItWaitsToSayAgainWhatWasOverwritten() {
    TestNode watch = new TestNode("watch", 9).connected();
    TestNode west = new TestNode("west", 1).connected();
    broker.publish(FakeBroker.topics("west").overlay(), forged());
    worker.pass(S);
    assertEquals(1, broker.announced("west"), "it waits");
    west.attach(1);
    worker.pass(S);
    assertEquals(List.of("west[p1]"), watch.sees());
    assertEquals(2, broker.announced("west"));
  }

  @Test
  void shouldWaitNoLongerThoughTheClockIsSetBack() {
    TestNode west = new TestNode("west", 1).connected();
    String said = broker.retained("west").orElseThrow();
    worker.stepClock(-3600 * S);
    broker.publish(FakeBroker.topics("west").overlay(), forged());
    worker.pass(65 * S);
    assertEquals(said, broker.retained("west").orElseThrow());
    assertEquals(List.of(), west.overlay.service().refusals());
  }

  /** What another node would say by the name of west. */
  private String forged() {
    return broker
        .retained("west")
        .orElseThrow()
        .replace("192.0.2.1\"", "192.0.2.66\"")
        .replaceFirst("\"id\":\"", "$0x");
  }

  @Test
  void shouldSayNothingAgainThatStandsThereAfterAConnection() {
    TestNode west = new TestNode("west", 1).connected();
    for (int i = 0; i < 3; i++) {
      west.link.disconnect();
      west.connected();
    }
    west.part.close();
    TestNode restarted = new TestNode("west", 1, west.store).connected();
    assertEquals(1, broker.announced("west"));
    restarted.link.disconnect();
    restarted.attach(1);
    restarted.connected();
    assertEquals(2, broker.announced("west"));
  }

  @Test
  void shouldNotTakeForSaidWhatItHeardBeforeTheBrokerForgot() {
    TestNode west = new TestNode("west", 1).connected();
    broker.publish(FakeBroker.topics("west").overlay(), broker.retained("west").orElseThrow());
    west.link.disconnect();
    broker.forget();
    west.link.connect();
    worker.pass(3 * S);
    assertTrue(broker.retained("west").isPresent());
  }

  @Test
  void shouldHearNothingMoreAfterItsEnd() {
    TestNode west = new TestNode("west", 1);
    west.part.close();
    worker.pass(S);
    assertFalse(west.link.isListening());
  }

  @Test
  void shouldKnowItselfAgainAfterARestart() {
    TestNode west = new TestNode("west", 1).connected();
    worker.pass(10 * S);
    west.part.close();
    TestNode moved = new TestNode("west", 4, west.store);
    moved.connected();
    assertTrue(broker.retained("west").orElseThrow().contains("192.0.2.4"));
    assertEquals(List.of(), moved.overlay.service().refusals());
  }

  @Test
  void shouldKnowTheOthersAgainAfterARestartWithoutABroker() {
    TestNode west = new TestNode("west", 1).connected();
    TestNode east = new TestNode("east", 2);
    east.attach(5);
    east.connected();
    worker.pass(10 * S);
    west.part.close();
    TestNode restarted = new TestNode("west", 1, west.store);
    assertEquals(List.of("east[p5]"), restarted.sees());
  }

  @Test
  void shouldKeepWhatItKnowsWhenItEndsAtOnce() {
    TestNode west = new TestNode("west", 1).connected();
    TestNode east = new TestNode("east", 2).connected();
    worker.pass(10 * S);
    east.overlay.remove();
    worker.pass(S);
    west.part.close();
    assertEquals(List.of(), new TestNode("west", 1, west.store).sees());
  }

  @Test
  void shouldTakeNothingOfWhatIsNoAnnouncement() {
    TestNode west = new TestNode("west", 1).connected();
    new TestNode("east", 2).connected();
    String good = broker.retained("east").orElseThrow();
    Map<String, byte[]> wrong = new HashMap<>();
    wrong.put("is not UTF-8", new byte[] {'{', (byte) 0xff, '}'});
    wrong.put("131073 octets", new byte[OverlayAnnouncements.MAX_OCTETS + 1]);
    wrong.put("this is no JSON", "nonsense".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    wrong.forEach(
        (reason, payload) -> {
          broker.publish(FakeBroker.topics("east").overlay(), payload);
          worker.pass(2 * S);
          String refusal = west.overlay.service().refusals().toString();
          assertTrue(refusal.contains(reason), refusal);
          assertTrue(refusal.contains("ktsn/v1/lab/east/overlay"), refusal);
          assertEquals(List.of("east[]"), west.sees());
        });
    broker.publish(FakeBroker.topics("east").overlay(), good);
    worker.pass(2 * S);
    assertEquals(List.of(), west.overlay.service().refusals());
  }

  @Test
  void shouldLookAtAFloodSeldomAndTellSeldom() {
    TestNode west = new TestNode("west", 1).connected();
    new TestNode("east", 2).connected();
    String good = broker.retained("east").orElseThrow();
    long before = west.link.counters.get("overlay_taken");
    Random random = new Random(20_261_130);
    for (int i = 0; i < 3_000; i++) {
      byte[] octets = good.getBytes(java.nio.charset.StandardCharsets.UTF_8);
      octets[random.nextInt(octets.length)] = (byte) random.nextInt(256);
      broker.publish(FakeBroker.topics("east").overlay(), octets);
      worker.pass(MS);
    }
    assertTrue(west.link.counters.get("overlay_taken") - before <= 31);
    assertTrue(west.link.events.size() <= 31, "in three seconds");
    broker.publish(FakeBroker.topics("east").overlay(), good);
    worker.pass(2 * S);
    assertEquals(List.of("east[]"), west.sees());
  }

  @Test
  void shouldSayThatItHasMorePodsThanItMayAnnounce() {
    TestNode west = new TestNode("west", 1);
    west.link.limit = 500;
    west.connected();
    for (int i = 1; i < 20; i++) {
      west.attach(i);
    }
    worker.pass(S);
    assertEquals(1, broker.announced("west"));
    String refusal = west.overlay.service().refusals().getFirst();
    assertTrue(refusal.startsWith("this node does not announce its pods, because"), refusal);
    for (int i = 2; i < 20; i++) {
      west.detach(i);
    }
    worker.pass(S);
    assertEquals(List.of(), west.overlay.service().refusals());
    assertEquals(2, broker.announced("west"));
  }

  @Test
  void shouldLeaveThoughTheBrokerIsAwayMeanwhile() {
    TestNode west = new TestNode("west", 1).connected();
    west.link.disconnect();
    west.overlay.remove();
    worker.pass(S);
    west.link.connect();
    worker.pass(3 * S);
    assertTrue(broker.retained("west").isEmpty());
  }

  @Test
  void shouldSayNothingWithoutAnOverlay() throws IOException {
    TestNode west = new TestNode("west", 1);
    west.overlay.remove();
    west.connected();
    assertEquals(0, broker.announced("west"));
    assertFalse(west.link.isListening());
    assertTrue(Files.exists(folder), west.name);
  }
}
