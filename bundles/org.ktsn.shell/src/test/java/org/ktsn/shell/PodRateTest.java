package org.ktsn.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.ktsn.api.pod.Bandwidth;
import org.ktsn.api.pod.Priorities;

/** {@code ktsn:pod-add --rate}. */
final class PodRateTest {
  private final FakePods pods = new FakePods();

  private Optional<Bandwidth> add(String... words) {
    PodAddCommand add = new PodAddCommand();
    add.pods = pods;
    add.execute(null, List.of((Object[]) words));
    return pods.last.assignment().bandwidth();
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1",
    "10M, 10000000",
    "64k, 64000",
    "64K, 64000",
    "2.5G, 2500000000",
    "1T, 1000000000000",
    "0.001k, 1",
    "333333333, 333333333",
  })
  void shouldReadBitsWithADecimalPrefix(String text, long bits) {
    assertEquals(bits, Rate.bits("--rate", text));
    assertEquals(Optional.of(Bandwidth.of(bits)), add("robot", "--rate", text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "0", "-1", "1.5", "0.0001k", "10Mi", "10MB", "ten", "999999999999999T"})
  void shouldRefuseWhatIsNoWholeNumberOfBits(String text) {
    CommandException refusal =
        assertThrows(CommandException.class, () -> Rate.bits("--rate", text));
    assertTrue(refusal.getMessage().startsWith("--rate is '" + text + "'; give"), text);
  }

  @Test
  void shouldTakeTheBurstForHiCredit() {
    assertEquals(
        Optional.of(new Bandwidth(10_000_000, OptionalLong.of(12_000))),
        add("robot", "--rate", "10M", "--burst", "12k"));
  }

  @Test
  void shouldRefuseABurstWithoutARate() {
    CommandException refusal =
        assertThrows(CommandException.class, () -> add("robot", "--burst", "12k"));
    assertTrue(refusal.getMessage().contains("give --rate as well"), refusal.getMessage());
    assertTrue(pods.attached.isEmpty());
  }

  @Test
  void shouldAttachWithoutALimitWhereNoneIsAskedFor() {
    assertEquals(Optional.empty(), add("robot"));
  }

  @Test
  void shouldAllowThePrioritiesThatAreNamed() {
    add("robot", "--priorities", "0-2,5");
    assertEquals(Priorities.parse("0-2,5"), pods.last.assignment().priorities());
    add("other");
    assertEquals(Priorities.ALL, pods.last.assignment().priorities());
    assertThrows(IllegalArgumentException.class, () -> add("third", "--priorities", "0-8"));
  }
}
