package org.ktsn.binder.ovs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class OvsdbValueTest {
  @Test
  void shouldReadSetOfOneWithoutBrackets() {
    assertEquals(List.of("a"), OvsdbValue.readStrings(json("\"a\"")));
    assertEquals(List.of("u"), OvsdbValue.readUuids(json("[\"uuid\",\"u\"]")));
    assertEquals(
        List.of("u", "v"),
        OvsdbValue.readUuids(json("[\"set\",[[\"uuid\",\"u\"],[\"uuid\",\"v\"]]]")));
  }

  @Test
  void shouldReadEmptySetAsAbsentOptional() {
    assertEquals(Optional.empty(), OvsdbValue.readOptional(json("[\"set\",[]]")));
    assertEquals(
        Optional.of(65534), OvsdbValue.readOptional(json("65534")).map(JsonElement::getAsInt));
  }

  @Test
  void shouldRefuseWhatIsNoUuidOrMap() {
    assertThrows(JsonParseException.class, () -> OvsdbValue.readUuid(json("\"u\"")));
    assertThrows(JsonParseException.class, () -> OvsdbValue.readMap(json("[\"set\",[]]")));
  }

  @Property(tries = 200)
  void shouldReadBackSetsThatItWrites(@ForAll List<String> strings) {
    JsonElement written = OvsdbValue.set(strings.stream().map(JsonPrimitive::new).toList());
    assertEquals(strings, OvsdbValue.readStrings(json(written.toString())));
  }

  @Property(tries = 200)
  void shouldReadBackMapsThatItWrites(@ForAll Map<String, String> map) {
    assertEquals(map, OvsdbValue.readMap(json(OvsdbValue.map(map).toString())));
  }

  private static JsonElement json(String text) {
    return JsonParser.parseString(text);
  }
}
