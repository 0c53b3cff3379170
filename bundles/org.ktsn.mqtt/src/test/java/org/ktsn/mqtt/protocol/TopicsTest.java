package org.ktsn.mqtt.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class TopicsTest {
  private final Topics topics = new Topics("ktsn/v1", "lab", "n1");

  @Test
  void shouldStandBelowPrefixNetworkAndNode() {
    assertEquals("ktsn/v1/lab/n1/desired", topics.desired());
    assertEquals("plant/7/lab/n1/status", new Topics("plant/7", "lab", "n1").status());
    assertEquals("lab/n1", topics.address());
    assertEquals("n2", topics.nodeOf(topics.of("n2").event()));
    assertEquals("", topics.nodeOf("ktsn/v1/other/n2/event"));
  }

  @Test
  void shouldAnswerOnlyBelowItsOwnResponseTopic() {
    assertTrue(topics.isResponse("ktsn/v1/lab/n1/response"));
    assertTrue(topics.isResponse("ktsn/v1/lab/n1/response/a/b"));
    for (String topic :
        List.of(
            "",
            "x",
            "ktsn/v1/lab/n1/responses",
            "ktsn/v1/lab/n1/desired",
            "ktsn/v1/lab/n2/response/a",
            "ktsn/v1/lab/n1/response/+",
            "ktsn/v1/lab/n1/response/#",
            "ktsn/v1/lab/n1/response/\u0000",
            "ktsn/v1/lab/n1/response/" + "a".repeat(300))) {
      assertFalse(topics.isResponse(topic), topic);
    }
  }

  @Test
  void shouldRefuseNamesThatWouldChangeTheTopic() {
    for (String name : List.of("", "a/b", "#", "a b", "$SYS", "ü", "a".repeat(64))) {
      assertThrows(IllegalArgumentException.class, () -> new Topics("ktsn/v1", "lab", name), name);
      assertThrows(IllegalArgumentException.class, () -> new Topics("ktsn/v1", name, "n1"), name);
    }
    assertThrows(IllegalArgumentException.class, () -> new Topics("/x", "lab", "n1"));
    assertThrows(IllegalArgumentException.class, () -> new Topics("ktsn/v1", "+", "n1"));
  }
}
