package org.ktsn.api.frame;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DropReasonTest {
  @Test
  void shouldBeOneReasonForWhoeverNamesItWithTheWordsThatCameLast() {
    DropReason first = DropReason.of("test_same", "it was", "do this");
    DropReason again = DropReason.of("test_same", "it was so", "do that");
    assertSame(first, again);
    assertEquals("it was so", first.meaning());
    assertEquals("do that", first.remedy());
    assertEquals(Optional.of(first), DropReason.named("test_same"));
    assertTrue(DropReason.all().get(first.number()) == first);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Upper", "9th", "with-dash", "with space", "line\nbreak"})
  void shouldRefuseANameThatIsNone(String name) {
    assertThrows(IllegalArgumentException.class, () -> DropReason.of(name, "it was", ""));
  }

  @Test
  void shouldRefuseWordsThatBreakALineOrSayNothing() {
    assertThrows(IllegalArgumentException.class, () -> DropReason.of("test_words", " ", ""));
    assertThrows(IllegalArgumentException.class, () -> DropReason.of("test_words", "a\nb", ""));
    assertThrows(IllegalArgumentException.class, () -> DropReason.of("test_words", "a", "b\u001b"));
    assertEquals(Optional.empty(), DropReason.named("test_words"));
  }
}
