package org.ktsn.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuantityTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "99999, 99999",
    "100000, 100k",
    "123456, 123k",
    "999499, 999k",
    "999500, 1M",
    "1234567, 1.23M",
    "9223372036854775807, 9.22E",
  })
  void shouldWriteCountsInAFewCharacters(long count, String text) {
    assertEquals(text, Quantity.count(count));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "0.5, 0.5",
    "0.05, 0.05",
    "12.34, 12.3",
    "999, 999",
    "1000, 1k",
    "671987, 672k",
    "100000000, 100M",
    "-1250, -1.25k",
  })
  void shouldWriteRatesWithThreeDigits(double rate, String text) {
    assertEquals(text, Quantity.rate(rate));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0ns",
    "999, 999ns",
    "1000, 1us",
    "-30000, -30us",
    "1254000, 1.25ms",
    "59999000000, 60s",
    "-9223372036854775808, -9223372037s",
  })
  void shouldWriteDurationsInAFewCharacters(long ns, String text) {
    assertEquals(text, Nanoseconds.about(ns));
  }

  @ParameterizedTest
  @CsvSource({"robot, 5, robot", "robots, 5, robo…"})
  void shouldShortenWhatIsTooLong(String text, int characters, String shown) {
    assertEquals(shown, Quantity.shortened(text, characters));
  }
}
