package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Two pods in one class, of which each gets its turn whatever the other writes into its stamps; and
 * a pod that may not use every class.
 */
@ExtendWith(Node.class)
final class ClassSharingSystemTest {
  private static final int CLASS = 5;
  private static final int PORT = 6_370;
  private static final int FRAMES = 2_000;
  private static final int PAYLOAD_OCTETS = 1_400;

  /**
   * Some 2,200 frames a second: the one pod alone fills the class, and a half is enough for the
   * other.
   */
  private static final String SLOPE = "26000000";

  private static Node node;

  @BeforeAll
  static void begin() {
    node = Node.node();
    node.attach("greedy");
    node.shell("ktsn:config org.ktsn.shaper.cbs 'idle.slopes=" + CLASS + "=" + SLOPE + "'");
    node.shell("ktsn:config org.ktsn.shaping shaper=cbs");
    awaitShaper("cbs");
  }

  @AfterAll
  static void end() {
    node.shell("ktsn:config org.ktsn.shaping shaper-");
    node.shell("ktsn:config org.ktsn.shaper.cbs idle.slopes-");
    node.shell("ktsn:pod-del greedy");
    awaitShaper("tas");
  }

  private static void awaitShaper(String name) {
    Node.await(name + " shapes", 10, () -> node.stats().get("shaper").getAsString().equals(name));
  }

  private static Command send(String pod, int port, int priority, int count, String... options) {
    List<String> words =
        new ArrayList<>(
            List.of(
                "chrt",
                "-f",
                "10",
                Node.SEND.toString(),
                "--to",
                node.bob(),
                "--port",
                Integer.toString(port),
                "--priority",
                Integer.toString(priority),
                "--size",
                Integer.toString(PAYLOAD_OCTETS),
                "--count",
                Integer.toString(count)));
    words.addAll(List.of(options));
    return node.exec(pod, words.toArray(String[]::new));
  }

  /** Before its first frame a pod has none. */
  private static JsonObject counters(String pod) {
    JsonObject counters =
        node.json("ktsn:pods " + pod + " --json").getAsJsonObject().getAsJsonObject("counters");
    return counters == null
        ? JsonParser.parseString("{\"queued\":0,\"regenerated\":0,\"drops\":{}}").getAsJsonObject()
        : counters;
  }

  private static long queued() {
    return counters("greedy").get("queued").getAsLong();
  }

  private static long lateOnArrival() {
    JsonObject drops = counters("greedy").getAsJsonObject("drops");
    return drops.has("late_on_arrival") ? drops.get("late_on_arrival").getAsLong() : 0;
  }

  /** What the greedy pod sends, 2,500 a second for longer than its neighbour takes. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a launch time of 1 | --stamp-ns 1",
        "a deadline of 1 | --deadline --stamp-ns 1",
        "a far deadline | --deadline --stamp-ms 30000",
        "launch times that come before | --stamp-ms 20",
        "the past by the clock of fq | --clock monotonic --stamp-ns 1",
      })
  void shouldLetAPodsFramesLeaveBesideOneThatFillsTheirClassWith(String what, String stamps) {
    List<String> options = new ArrayList<>(List.of("--interval-us", "400"));
    options.addAll(List.of(stamps.split(" ", -1)));
    final long droppedBefore = lateOnArrival();
    try (Capture capture = new Capture(node, "bob", "udp port " + PORT);
        Command greedy =
            send("greedy", PORT + 1, CLASS, 1_000_000, options.toArray(String[]::new))) {
      boolean late = stamps.endsWith("--stamp-ns 1") && !stamps.contains("monotonic");
      Node.await(
          "the greedy pod is at it",
          20,
          () -> late ? lateOnArrival() > droppedBefore + 500 : queued() > 500);
      send("alice", PORT, CLASS, FRAMES, "--interval-us", "1000", "--stamp-ms", "300")
          .end(30)
          .expect(0);
      assertEquals(FRAMES, capture.frames(FRAMES).size(), what);
      assertTrue(greedy.process().isAlive(), greedy.text());
      if (!late) {
        assertTrue(queued() > 500, "it had more to send");
      }
    }
    Node.await("nothing of it waits", 20, () -> queued() == 0);
  }

  @Test
  void shouldSendWhatAsksForAPriorityThatIsNotThePodsInTheNextLowerClass() {
    int frames = 50;
    node.shell("ktsn:pod-add modest --priorities 0-" + CLASS);
    try (Capture capture = new Capture(node, "bob", "udp port " + (PORT + 2))) {
      long lower = sentBy(CLASS);
      final long highest = sentBy(7);
      send("modest", PORT + 2, 7, frames, "--interval-us", "1000", "--stamp-ms", "100")
          .end(20)
          .expect(0);
      assertEquals(frames, capture.frames(frames).size());
      assertEquals(lower + frames, sentBy(CLASS));
      assertEquals(highest, sentBy(7));
      assertEquals(frames, counters("modest").get("regenerated").getAsLong());
    } finally {
      node.shell("ktsn:pod-del modest");
    }
  }

  private static long sentBy(int trafficClass) {
    return node.stats().getAsJsonArray("sent_by_class").get(trafficClass).getAsLong();
  }
}
