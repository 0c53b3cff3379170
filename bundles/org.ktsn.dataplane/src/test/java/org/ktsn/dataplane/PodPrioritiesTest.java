package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.ktsn.api.pod.Priorities;
import org.ktsn.api.stack.EncodedFrame;

final class PodPrioritiesTest {
  private static final int POD = 3;

  private final Counters counters = new Counters();
  private final PodPriorities priorities = new PodPriorities(counters);
  private final EncodedFrame encoded = new EncodedFrame();

  @Test
  void shouldWriteTheGivenPriorityIntoTheTagAndNothingElse() {
    priorities.allow(POD, Priorities.parse("0,2-4"));
    for (int asked = 0; asked < 8; asked++) {
      for (int dei = 0; dei < 2; dei++) {
        byte[] frame = frame(asked << 13 | dei << 12 | 0xabc);
        int given = settle(frame, 18, asked);
        byte[] wanted = frame(given << 13 | dei << 12 | 0xabc);
        assertEquals(asked > 4 ? 4 : asked == 1 ? 0 : asked, given);
        assertEquals(MemorySegment.ofArray(wanted).mismatch(MemorySegment.ofArray(frame)), -1);
      }
    }
    assertEquals(8, counters.podRegenerated(POD));
  }

  @Test
  void shouldLeaveTheOctetsOfUntaggedFramesAlone() {
    priorities.allow(POD, Priorities.parse("1"));
    byte[] frame = frame(0xffff);
    assertEquals(1, settle(frame, 14, 7));
    assertEquals(MemorySegment.ofArray(frame(0xffff)).mismatch(MemorySegment.ofArray(frame)), -1);
    assertEquals(1, counters.podRegenerated(POD));
  }

  @Test
  void shouldLetAPodUseEveryPriorityUnlessItIsSaid() {
    for (int asked = 0; asked < 8; asked++) {
      assertEquals(asked, settle(frame(asked << 13), 18, asked));
    }
    assertEquals(0, counters.podRegenerated(POD));
    priorities.allow(POD, Priorities.parse("0"));
    assertEquals(0, settle(frame(7 << 13), 18, 7));
    priorities.allow(POD, Priorities.ALL);
    assertEquals(7, settle(frame(7 << 13), 18, 7), "the next pod of this number");
  }

  @Test
  void shouldPutAPodsFramesIntoTheClassesThatItMayUse() {
    CrankedPlanner crank = new CrankedPlanner();
    Planner planner = crank.planner;
    planner.priorities.allow(POD, Priorities.parse("0-5"));
    for (int i = 0; i < 20; i++) {
      crank.send(POD, crank.nowNs + 10_000_000 + i * 200_000L, 7);
    }
    crank.passUntil("20 frames", () -> crank.sent() == 20);
    assertEquals(OptionalInt.of(5), planner.flows.status(crank.nowNs).getFirst().trafficClass());
    assertEquals(20, planner.counters.podRegenerated(POD));
    assertEquals(20, planner.counters.get(Counters.SENT_BY_CLASS + 5));
    planner.detach(POD);
    assertEquals(0, planner.counters.podRegenerated(POD));
  }

  private int settle(byte[] frame, int headerOctets, int pcp) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(frame.length);
      memory.copyFrom(MemorySegment.ofArray(frame));
      encoded.headerOctets = headerOctets;
      encoded.lengthOctets = frame.length;
      encoded.pcp = pcp;
      priorities.settle(POD, encoded, memory.address());
      MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, 0, frame, 0, frame.length);
      return encoded.pcp;
    }
  }

  private static byte[] frame(int tag) {
    byte[] frame = new byte[64];
    for (int i = 0; i < frame.length; i++) {
      frame[i] = (byte) (i * 37);
    }
    frame[12] = (byte) 0x81;
    frame[13] = 0;
    frame[14] = (byte) (tag >> 8);
    frame[15] = (byte) tag;
    return frame;
  }
}
