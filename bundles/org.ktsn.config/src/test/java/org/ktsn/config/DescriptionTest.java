package org.ktsn.config;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DescriptionTest {
  private static final Description SOME =
      new Description(
          "org.test.some",
          Map.of(
              "slot.count",
              new Attribute(
                  "slot.count",
                  "Integer",
                  false,
                  Optional.of(BigDecimal.TWO),
                  Optional.of(BigDecimal.valueOf(65536)),
                  List.of()),
              "rate",
              Attribute.of("rate", "Long"),
              "on",
              Attribute.of("on", "Boolean"),
              "tag",
              new Attribute(
                  "tag",
                  "String",
                  false,
                  Optional.empty(),
                  Optional.empty(),
                  List.of("none", "vlan")),
              "names",
              new Attribute(
                  "names", "String", true, Optional.empty(), Optional.empty(), List.of())));

  private static Object checked(String key, Object value) {
    return SOME.check(Map.of(key, value)).get(key);
  }

  private static String refusal(String key, Object value) {
    return assertThrows(IllegalArgumentException.class, () -> SOME.check(Map.of(key, value)))
        .getMessage();
  }

  @Test
  void shouldGiveEachValueTheTypeThatItsComponentExpects() {
    assertEquals(1024, checked("slot.count", "1024"));
    assertEquals(1024, checked("slot.count", " 1024\t "));
    assertEquals(1024, checked("slot.count", 1024L));
    assertEquals(9_000_000_000L, checked("rate", "9000000000"));
    assertEquals(true, checked("on", "True "));
    assertEquals("vlan", checked("tag", "vlan"));
    assertArrayEquals(new String[] {"a, b"}, (String[]) checked("names", "a, b"));
    assertArrayEquals(
        new String[] {"a", "b"}, (String[]) checked("names", new String[] {"a", "b"}));
  }

  @Test
  void shouldTakeTheRankingOfAnyComponentForANumber() {
    assertEquals(150, checked("service.ranking", "150"));
    assertEquals(
        Map.of("service.ranking", 150, "other", "5"),
        Description.checkGeneral(Map.of("service.ranking", "150", "other", "5")));
    assertEquals(
        "service.ranking is 'high'; give a whole number from -2147483648 to 2147483647",
        refusal("service.ranking", "high"));
    assertEquals("(name=x)", checked("port.target", "(name=x)"));
  }

  @Test
  void shouldNameKeyValueAndRemedyOfWhatIsWrong() {
    assertEquals(
        "slot.count is '1024 x'; give a whole number from 2 to 65536",
        refusal("slot.count", "1024 x"));
    assertEquals("slot.count is 1; give a whole number from 2 to 65536", refusal("slot.count", 1L));
    assertEquals(
        "slot.count is 1.5; give a whole number from 2 to 65536", refusal("slot.count", 1.5));
    assertEquals(
        "slot.count is ''; give a whole number from 2 to 65536", refusal("slot.count", ""));
    assertEquals(
        "slot.count has 2 values; give one a whole number",
        refusal("slot.count", new Long[] {2L, 4L}));
    for (String word : List.of("yes", "1", "on", "")) {
      assertEquals("on is '" + word + "'; give true or false", refusal("on", word));
    }
    assertEquals("tag is 'VLAN'; give one of none, vlan", refusal("tag", "VLAN"));
    assertEquals("names is 5; give a text (in JSON, in quotes)", refusal("names", 5L));
  }

  @Test
  void shouldNotWrapANumberThatDoesNotFit() {
    assertEquals(
        "slot.count is '4294968320'; give a whole number from 2 to 65536",
        refusal("slot.count", "4294968320"));
    assertEquals(
        "rate is '9223372036854775808'; give a whole number from -9223372036854775808 to"
            + " 9223372036854775807",
        refusal("rate", "9223372036854775808"));
    assertEquals(
        "rate is '1e999999999'; give a whole number from -9223372036854775808 to"
            + " 9223372036854775807",
        refusal("rate", "1e999999999"));
  }

  @Test
  void shouldNameTheKeyThatWasMeant() {
    for (String key : List.of("Slot.Count", "slot_count", "slotcount", "slot.coun", "slot.coumt")) {
      assertEquals(
          "there is no key '" + key + "' in org.test.some; write slot.count", refusal(key, "2"));
    }
    assertEquals(
        "there is no key 'service.rank' in org.test.some; remove it, or write one of names, on,"
            + " rate, slot.count, tag",
        refusal("service.rank", "2"));
  }
}
