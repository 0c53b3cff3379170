package org.ktsn.mqtt.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.ktsn.api.schedule.ScheduleProblem;

class DocumentReaderTest {
  private final DocumentReader reader =
      new DocumentReader(
          "doors",
          document ->
              document.contains("wrong")
                  ? List.of(new ScheduleProblem("/a/0", "is wrong; mend it"))
                  : List.of());

  private List<String> problems(String text) {
    return reader.read(text).problems().stream().map(ScheduleProblem::toString).toList();
  }

  @Test
  void shouldReadBackWhatItWrites() {
    String document = "{\"a\":[null,1e5,\"\\u00e9<>\"],\"b\":18446744073709551615}";
    DocumentMessage message = new DocumentMessage("id.1:a_b-c", 9, Optional.of("lab/n1"), document);
    DocumentMessage read = reader.read(message.encode("doors")).message().orElseThrow();
    DocumentMessage again = reader.read(read.encode("doors")).message().orElseThrow();
    assertEquals(read, again);
    assertEquals("id.1:a_b-c", read.id());
    assertEquals(9, read.version());
    assertEquals(Optional.of("lab/n1"), read.node());
    assertEquals(document.replace("\\u00e9", "\u00e9"), read.document());
  }

  @Test
  void shouldLeaveWhatAppearsTwiceInTheDocumentToItsJudge() {
    String twice = "{\"a\":1,\"a\":2}";
    assertEquals(
        twice,
        reader
            .read("{\"id\":\"x\",\"version\":1,\"doors\":" + twice + "}")
            .message()
            .orElseThrow()
            .document());
  }

  @Test
  void shouldTellEachProblemWithItsPlaceInTheMessage() {
    assertEquals(
        List.of(
            "/gates: is not known here; remove it or correct its name",
            "/version: is 0; give a whole number from 1 to 9007199254740991",
            "/doors/a/0: is wrong; mend it"),
        problems("{\"id\":\"x\",\"version\":0,\"doors\":{\"a\":[\"wrong\"]},\"gates\":1}"));
    assertEquals(
        List.of("/: has no id; give it", "/: has no version; give it", "/: has no doors; give it"),
        problems("{}"));
  }
}
