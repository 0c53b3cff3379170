package org.ktsn.overlay.mqtt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What is said on the node's own topic, as connections come and go. */
final class OwnTopicTest {
  private final OwnTopic topic = new OwnTopic();

  private void settle() {
    assertFalse(topic.settled());
  }

  private Optional<String> says(String own) {
    return topic.next(Optional.of(own), 0);
  }

  @Test
  void shouldSayAgainWhatStandsThereWhileSomethingElseIsUnderWay() {
    topic.connected();
    settle();
    assertEquals(Optional.of("a"), says("a"));
    assertTrue(topic.ours("a", Optional.of("a")));
    assertEquals(Optional.of("b"), says("b"));
    topic.disconnected();
    topic.connected();
    assertFalse(topic.ours("a", Optional.of("a")));
    settle();
    assertEquals(Optional.of("a"), says("a"), "b arrives after what stood there");
  }

  @Test
  void shouldSayWhatIsNewWhenSomethingOlderStandsThere() {
    topic.connected();
    assertFalse(topic.ours("a", Optional.of("b")));
    settle();
    assertEquals(Optional.of("b"), says("b"));
    assertTrue(topic.ours("b", Optional.of("b")));
    assertEquals(Optional.empty(), says("b"));
  }
}
