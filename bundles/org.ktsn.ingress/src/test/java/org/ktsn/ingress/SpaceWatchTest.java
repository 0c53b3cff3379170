package org.ktsn.ingress;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.ktsn.foreign.NativeMemory;

/** When programs that wait for writability are told. */
final class SpaceWatchTest {
  private static final int SLOTS = 8;

  private final Arena arena = Arena.ofShared();
  private final long status = arena.allocate(ChannelLayout.STATUS_OCTETS, 64).address();
  private final long ring = arena.allocate(ChannelLayout.RING_HEADER_OCTETS, 64).address();
  private final List<Long> rounds = new ArrayList<>();
  private final SpaceWatch watch = new SpaceWatch(status, ring, SLOTS, rounds::add);
  private long nowNs = 1_000_000_000L;

  @AfterEach
  void release() {
    arena.close();
  }

  private void await() {
    NativeMemory.putInt(ring + ChannelLayout.RING_SPACE_AWAITED, 1);
  }

  private void turn(long taken, long queued) {
    nowNs += SpaceWatch.SPACING_NS;
    watch.turn(taken, queued, nowNs);
  }

  @Test
  void shouldTellNobodyWhileNobodyWaits() {
    for (int queued = SLOTS; queued >= 0; queued--) {
      turn(SLOTS - queued, queued);
      watch.beforeSleep(SLOTS - queued, queued);
    }
    assertEquals(List.of(), rounds);
  }

  @Test
  void shouldTellOnceWhenHalfOfTheRingIsFree() {
    await();
    for (int queued = SLOTS; queued > SLOTS / 2; queued--) {
      turn(SLOTS - queued, queued);
      watch.beforeSleep(SLOTS - queued, queued);
      assertEquals(List.of(), rounds);
    }
    turn(SLOTS / 2, SLOTS / 2);
    assertEquals(List.of(1L), rounds);
    assertEquals(1, NativeMemory.getLong(status + ChannelLayout.STATUS_SPACE_ROUND));
    assertEquals(0, NativeMemory.getInt(ring + ChannelLayout.RING_SPACE_AWAITED));
    turn(SLOTS, 0);
    assertEquals(List.of(1L), rounds);
  }

  @Test
  void shouldTellWhoWaitsWhileOthersKeepTheRingFull() {
    turn(100, SLOTS);
    await();
    for (long taken = 100; taken < 100 + SLOTS / 2; taken++) {
      turn(taken, SLOTS);
      assertEquals(List.of(), rounds);
    }
    turn(100 + SLOTS / 2, SLOTS);
    assertEquals(List.of(1L), rounds);
    await();
    turn(100 + SLOTS / 2 + 1, SLOTS);
    assertEquals(List.of(1L), rounds, "half a ring is counted anew");
    turn(100 + SLOTS + 1, SLOTS);
    assertEquals(List.of(1L, 2L), rounds);
  }

  @Test
  void shouldTellNotMoreOftenWhoeverSaysThatItWaits() {
    for (int i = 0; i < 1_000; i++) {
      await();
      nowNs += SpaceWatch.SPACING_NS / 10;
      watch.turn(0, 0, nowNs);
    }
    assertEquals(100, rounds.size());
  }

  @Test
  void shouldLeaveNobodyWaitingWhenThePlannerSleeps() {
    await();
    turn(0, 0);
    await();
    watch.turn(0, 0, nowNs);
    assertEquals(List.of(1L), rounds);
    watch.beforeSleep(0, 0);
    assertEquals(List.of(1L, 2L), rounds);
  }

  @Test
  void shouldTellEveryoneAtOnceWhenTheRingIsNotTakenFromAnyMore() {
    await();
    watch.tell();
    assertEquals(List.of(1L), rounds);
    assertEquals(0, NativeMemory.getInt(ring + ChannelLayout.RING_SPACE_AWAITED));
  }
}
