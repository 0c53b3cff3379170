package org.ktsn.config;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Map;
import org.junit.jupiter.api.Test;

class CfgTextTest {
  private static Map<String, Object> values(String text) {
    return CfgText.values(text, Map.of("ktsn.run", "/run/x\\1")::get);
  }

  @Test
  void shouldReadTypedAndUntypedLinesBesideEachOther() {
    assertEquals(
        Map.of("service.ranking", "150", "missed", "drop", "a", "x y", "b", "", "c", "\"q"),
        values("service.ranking = I\"150\"\nmissed = drop  \t\n# no\n a=T\"x y\"\nb=\nc = \"q\n"));
  }

  @Test
  void shouldReadSeveralValuesInBrackets() {
    Map<String, Object> values = values("a = [ \"x\", \"y \\\"z\\\"\" ]\nb = I[\"1\"]\nc = [x]\n");
    assertEquals(3, values.size());
    assertEquals("[x]", values.get("c"));
    assertArrayEquals(new String[] {"1"}, (String[]) values.get("b"));
    assertArrayEquals(new String[] {"x", "y z"}, (String[]) values("a = [\"x\",\"y z\"]").get("a"));
  }

  @Test
  void shouldPutInWhatTheFrameworkKnows() {
    assertEquals(Map.of("socket", "/run/x\\1/s"), values("socket = ${ktsn.run}/s"));
    assertEquals(
        "socket is '${ktsn.runn}/s', and the framework has no property 'ktsn.runn'; write what it"
            + " stands for",
        assertThrows(IllegalArgumentException.class, () -> values("socket = ${ktsn.runn}/s"))
            .getMessage());
  }

  @Test
  void shouldRefuseANameThatIsThereTwice() {
    assertEquals(
        "a is there twice; keep one",
        assertThrows(IllegalArgumentException.class, () -> values("a = 1\nb = 2\na = 1\n"))
            .getMessage());
  }
}
