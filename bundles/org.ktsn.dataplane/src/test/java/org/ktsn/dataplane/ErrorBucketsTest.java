package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** How launch errors are sorted. */
final class ErrorBucketsTest {
  @Test
  void shouldReadBackNoLessAndAtMostAQuarterMore() {
    for (long ns = 16; ns < 1L << 28; ns += Math.max(1, ns / 1_000)) {
      long highest = ErrorBuckets.highestNs(ErrorBuckets.of(ns));
      assertTrue(highest >= ns && highest <= ns + ns / 4, ns + " ns are read back as " + highest);
    }
  }

  @Test
  void shouldPutTheSmallestFirstAndTheLargestLast() {
    assertEquals(0, ErrorBuckets.of(Long.MIN_VALUE));
    assertEquals(0, ErrorBuckets.of(-1));
    assertEquals(0, ErrorBuckets.of(15));
    assertEquals(1, ErrorBuckets.of(16));
    assertEquals(ErrorBuckets.COUNT - 1, ErrorBuckets.of((1L << 28) - 1));
    assertEquals(ErrorBuckets.COUNT - 1, ErrorBuckets.of(Long.MAX_VALUE));
    for (int bucket = 1; bucket < ErrorBuckets.COUNT; bucket++) {
      assertEquals(bucket, ErrorBuckets.of(ErrorBuckets.highestNs(bucket)));
      assertEquals(bucket, ErrorBuckets.of(ErrorBuckets.highestNs(bucket - 1) + 1));
    }
  }

  @Test
  void shouldFindTheValueThatAShareDoesNotExceed() {
    int[] counts = new int[ErrorBuckets.COUNT];
    assertEquals(0, ErrorBuckets.quantileNs(counts, 0, 0.99));
    counts[ErrorBuckets.of(30)] = 98;
    counts[ErrorBuckets.of(100_000)] = 2;
    assertEquals(31, ErrorBuckets.quantileNs(counts, 100, 0.5));
    assertEquals(31, ErrorBuckets.quantileNs(counts, 100, 0.98));
    assertEquals(114_687, ErrorBuckets.quantileNs(counts, 100, 0.99));
    assertEquals(114_687, ErrorBuckets.quantileNs(counts, 100, 1));
  }
}
