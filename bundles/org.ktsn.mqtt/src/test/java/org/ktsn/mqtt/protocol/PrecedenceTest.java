package org.ktsn.mqtt.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class PrecedenceTest {
  private static DocumentMessage message(String id, long version, String document) {
    return new DocumentMessage(id, version, Optional.empty(), document);
  }

  private static Precedence of(DocumentMessage message) {
    return Precedence.of(
        Optional.of(message("b", 5, "{}")),
        message,
        (one, other) -> one.document().equals(other.document()));
  }

  private static String refusal(DocumentMessage message) {
    return assertInstanceOf(Precedence.Refused.class, of(message)).problem().toString();
  }

  @Test
  void shouldTakeTheFirstAndWhateverHasAHigherVersion() {
    assertEquals(
        new Precedence.Newer(),
        Precedence.of(Optional.empty(), message("a", 1, "{}"), (one, other) -> false));
    assertEquals(new Precedence.Newer(), of(message("a", 6, "{}")));
  }

  @Test
  void shouldRefuseAVersionThatIsNotHigher() {
    String problem = "; the node has version 5 (id b): give a higher one";
    assertEquals("/version: is 5" + problem, refusal(message("a", 5, "{}")));
    assertEquals("/version: is 4" + problem, refusal(message("a", 4, "{}")));
  }

  @Test
  void shouldTakeTheSameIdForTheSameMessage() {
    assertEquals(new Precedence.Again(), of(message("b", 5, "{}")));
    String problem = "/id: is that of another message (version 5); give each its own id";
    assertEquals(problem, refusal(message("b", 5, "{\"a\":1}")));
    assertEquals(problem, refusal(message("b", 6, "{}")));
  }
}
