package org.ktsn.config;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class JsonTextTest {
  @Test
  void shouldKeepTheKindsOfValues() {
    Map<String, Object> values =
        JsonText.values(
            """
            {"text": "a", "whole": 9000000000, "part": 0.5, "yes": true,
             "texts": ["a", "b"], "numbers": [1, 2], "none": []}
            """);

    assertEquals("a", values.get("text"));
    assertEquals(9_000_000_000L, values.get("whole"));
    assertEquals(0.5, values.get("part"));
    assertEquals(true, values.get("yes"));
    assertArrayEquals(new String[] {"a", "b"}, (String[]) values.get("texts"));
    assertArrayEquals(new Long[] {1L, 2L}, (Long[]) values.get("numbers"));
    assertArrayEquals(new String[0], (String[]) values.get("none"));
  }

  @Test
  void shouldSayWhatIsWrong() {
    assertTrue(refusal("{").startsWith("it is not JSON"), refusal("{"));
    assertTrue(refusal("[1]").startsWith("it is not one JSON object"));
    assertEquals(
        "the value of a is neither a string, number, boolean nor array; give one of these, or leave"
            + " it out",
        refusal("{\"a\": null}"));
    assertEquals("the array a holds values of several kinds", refusal("{\"a\": [1, \"b\"]}"));
    assertEquals(
        "the array a holds more than strings, numbers or booleans", refusal("{\"a\": [[]]}"));
  }

  @Property
  void shouldAnswerAnyTextWithValuesOrASentence(@ForAll String text) {
    try {
      JsonText.values(text);
    } catch (IllegalArgumentException e) {
      assertTrue(e.getMessage().startsWith("it is not"), e.getMessage());
    }
  }

  private static String refusal(String document) {
    return assertThrows(IllegalArgumentException.class, () -> JsonText.values(document))
        .getMessage();
  }
}
