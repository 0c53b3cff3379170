package org.ktsn.cli.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class QuantilesTest {
  @Test
  void shouldNameTheValueThatSoManyDoNotExceed() {
    long[] values = LongStream.rangeClosed(1, 1000).map(i -> 1001 - i).toArray();
    assertEquals(new Quantiles(1000, 500, 900, 990, 999, 1000), Quantiles.of(values));
  }

  @Test
  void shouldBeTheOnlyValueWhereThereIsOne() {
    assertEquals(new Quantiles(1, 7, 7, 7, 7, 7), Quantiles.of(new long[] {7}));
  }

  @Test
  void shouldBeZeroWhereNothingWasMeasured() {
    assertEquals(new Quantiles(0, 0, 0, 0, 0, 0), Quantiles.of(new long[0]));
  }

  @Test
  void shouldKeepValuesBelowZero() {
    assertEquals(-3, Quantiles.of(new long[] {-3, -5, 4}).p50());
  }

  @Test
  void shouldWriteMicrosecondsWithThreeDecimals() {
    assertEquals(
        "{\"p50\":28.412,\"p90\":28.412,\"p99\":28.412,\"p99_9\":28.412,\"max\":28.412}",
        Quantiles.of(new long[] {28_412}).toJsonUs().toString());
  }

  @Property
  void shouldBeTheLeastValueThatEnoughDoNotExceed(
      @ForAll @Size(min = 1, max = 500) @LongRange(min = -50, max = 50) long[] values) {
    Quantiles quantiles = Quantiles.of(values);
    assertLeast(values, 500, quantiles.p50());
    assertLeast(values, 900, quantiles.p90());
    assertLeast(values, 990, quantiles.p99());
    assertLeast(values, 999, quantiles.p999());
    assertEquals(Arrays.stream(values).max().orElseThrow(), quantiles.max());
  }

  private static void assertLeast(long[] values, int perMille, long quantile) {
    long needed = Math.ceilDiv((long) values.length * perMille, 1000L);
    assertTrue(Arrays.stream(values).filter(v -> v <= quantile).count() >= needed);
    assertTrue(Arrays.stream(values).filter(v -> v < quantile).count() < needed);
  }
}
