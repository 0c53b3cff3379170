package org.ktsn.foreign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class PollerTest {
  private final int[] ready = new int[4];

  @Test
  void shouldReportADescriptorForAsLongAsItIsReadable() {
    try (Poller poller = Poller.open();
        EventDescriptor event = new EventDescriptor()) {
      poller.add(event.descriptor(), 7);
      assertEquals(0, poller.await(ready, 0));
      event.ring();
      assertEquals(1, poller.await(ready, 1000));
      assertEquals(7, ready[0]);
      assertEquals(1, poller.await(ready, 0));
      event.clear();
      assertEquals(0, poller.await(ready, 0));
    }
  }

  @Test
  void shouldReportEachRingOnceWhenEdgeTriggered() {
    try (Poller poller = Poller.open();
        EventDescriptor event = new EventDescriptor()) {
      poller.addEdge(event.descriptor(), 7);
      event.ring();
      assertEquals(1, poller.await(ready, 1000));
      assertEquals(0, poller.await(ready, 0));
      event.ring();
      assertEquals(1, poller.await(ready, 1000));
    }
  }

  @Test
  void shouldPassEveryRingThroughANestedPollerThatNobodyReads() {
    try (Poller outer = Poller.open();
        Poller inner = Poller.open();
        EventDescriptor event = new EventDescriptor()) {
      inner.addEdge(event.descriptor(), 1);
      outer.addEdge(inner.descriptor(), 2);
      for (int i = 0; i < 5; i++) {
        event.ring();
        assertEquals(1, outer.await(ready, 1000), "ring " + i);
        assertEquals(2, ready[0]);
        assertEquals(0, outer.await(ready, 0));
      }
    }
  }

  @Test
  void shouldEndTheWaitWhenWoken() {
    try (Poller poller = Poller.open()) {
      poller.wake();
      long begin = System.nanoTime();
      assertEquals(0, poller.await(ready, 10_000));
      assertTrue(System.nanoTime() - begin < 5_000_000_000L);
    }
  }
}
