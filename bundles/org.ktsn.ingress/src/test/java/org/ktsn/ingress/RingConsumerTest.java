package org.ktsn.ingress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.ktsn.api.ingress.DatagramSink;
import org.ktsn.api.stack.Datagram;
import org.ktsn.foreign.NativeMemory;

final class RingConsumerTest {
  private static final int SLOTS = 8;
  private static final int OCTETS = 256;
  private static final long LATER = RingConsumer.PATIENCE_NS + 2;

  private final Arena arena = Arena.ofShared();
  private final long ring =
      arena.allocate(ChannelLayout.RING_HEADER_OCTETS + SLOTS * OCTETS, 64).address();
  private final RingConsumer consumer = new RingConsumer(3, ring, SLOTS, OCTETS);
  private final Sink sink = new Sink();

  private static final class Sink implements DatagramSink {
    final List<Integer> ports = new ArrayList<>();
    final List<Integer> priorities = new ArrayList<>();
    final List<Integer> nextHops = new ArrayList<>();
    int room = Integer.MAX_VALUE;
    int malformed;

    @Override
    public boolean accept(Datagram datagram) {
      assertEquals(3, datagram.pod());
      assertTrue(datagram.payloadLength() <= OCTETS - ChannelLayout.SLOT_HEADER_OCTETS);
      if (room == 0) {
        return false;
      }
      room--;
      ports.add(datagram.sourcePort());
      priorities.add(datagram.priority());
      nextHops.add(datagram.nextHop());
      return true;
    }

    @Override
    public void malformed(int pod) {
      malformed++;
    }
  }

  @AfterEach
  void release() {
    arena.close();
  }

  private long slot(long position) {
    return ring + ChannelLayout.RING_HEADER_OCTETS + position % SLOTS * OCTETS;
  }

  /** What a producer does; returns the position, or -1 if the ring is full. */
  private long claim() {
    while (true) {
      long at = NativeMemory.getLong(ring + ChannelLayout.RING_CLAIM);
      long sequence = NativeMemory.getLong(slot(at));
      if (sequence == at - SLOTS || sequence == at - SLOTS + 1) {
        return -1;
      }
      NativeMemory.putLong(ring + ChannelLayout.RING_CLAIM, at + 1);
      if (sequence == at) {
        return at;
      }
    }
  }

  private void fill(long at, int port) {
    long slot = slot(at);
    NativeMemory.putLong(slot + ChannelLayout.SLOT_LAUNCH_TIME, 1);
    NativeMemory.putByte(slot + ChannelLayout.SLOT_FAMILY, (byte) 2);
    NativeMemory.putByte(slot + ChannelLayout.SLOT_FLAGS, (byte) 0);
    NativeMemory.putByte(slot + ChannelLayout.SLOT_TTL, (byte) 64);
    NativeMemory.putInt(slot + ChannelLayout.SLOT_PRIORITY, 0);
    NativeMemory.putShort(slot + ChannelLayout.SLOT_SOURCE_PORT, (short) port);
    NativeMemory.putShort(slot + ChannelLayout.SLOT_DESTINATION_PORT, (short) 5000);
    NativeMemory.putInt(slot + ChannelLayout.SLOT_LENGTH, 10);
  }

  private boolean publish(long at) {
    return NativeMemory.compareAndSetLong(slot(at), at, at + 1);
  }

  private void send(int port) {
    long at = claim();
    assertTrue(at >= 0, "the ring is full");
    fill(at, port);
    assertTrue(publish(at));
  }

  @Test
  void shouldOfferDatagramsInTheOrderOfTheirPublicationForManyLaps() {
    List<Integer> expected = new ArrayList<>();
    for (int i = 1; i <= 100; i++) {
      send(i);
      expected.add(i);
      if (i % 5 == 0) {
        assertEquals(5, consumer.poll(sink, 100, 1));
      }
    }
    assertEquals(expected, sink.ports);
    assertFalse(consumer.hasWork());
  }

  @Test
  void shouldTakeTheFourLowestBitsOfThePriorityAsTheKernelDoes() {
    for (int priority : new int[] {0, 7, 15, 16, 23, Integer.MAX_VALUE, 0x8000_0003, -1}) {
      long at = claim();
      fill(at, 1);
      NativeMemory.putInt(slot(at) + ChannelLayout.SLOT_PRIORITY, priority);
      assertTrue(publish(at));
    }
    consumer.poll(sink, 100, 1);
    assertEquals(List.of(0, 7, 15, 0, 7, 15, 3, 15), sink.priorities);
  }

  @Test
  void shouldReadTheNextHopThatTheProgramWasTold() {
    long at = claim();
    fill(at, 1);
    NativeMemory.putInt(slot(at) + ChannelLayout.SLOT_NEXT_HOP, Integer.reverseBytes(0x0a4d_0001));
    assertTrue(publish(at));
    consumer.poll(sink, 100, 1);
    assertEquals(List.of(0x0a4d_0001), sink.nextHops);
  }

  @Test
  void shouldOfferNoMoreThanTheBudget() {
    send(1);
    send(2);
    send(3);
    assertEquals(2, consumer.poll(sink, 2, 1));
    assertTrue(consumer.hasWork());
    assertEquals(1, consumer.poll(sink, 2, 1));
  }

  @Test
  void shouldKeepADatagramThatTheSinkHasNoRoomFor() {
    send(1);
    send(2);
    sink.room = 1;
    assertEquals(1, consumer.poll(sink, 10, 1));
    assertFalse(consumer.hasWork(), "nothing can be done before there is room");
    sink.room = 10;
    assertEquals(1, consumer.poll(sink, 10, 1));
    assertEquals(List.of(1, 2), sink.ports);
  }

  @Test
  void shouldTellProducersThatTheRingIsFullAndThenThatItIsNot() {
    for (int i = 1; i <= SLOTS; i++) {
      send(i);
    }
    assertEquals(-1, claim());
    assertEquals(1, consumer.poll(sink, 1, 1));
    assertTrue(claim() >= 0);
  }

  @Test
  void shouldLookPastAProducerThatHasNotPublishedYet() {
    long silent = claim();
    send(2);
    send(3);
    assertEquals(2, consumer.poll(sink, 10, 1));
    fill(silent, 1);
    assertTrue(publish(silent));
    assertEquals(1, consumer.poll(sink, 10, 2));
    assertEquals(List.of(2, 3, 1), sink.ports);
    send(4);
    assertEquals(1, consumer.poll(sink, 10, 3));
  }

  @Test
  void shouldSeeWhatIsPublishedBehindAProducerThatHasNotPublishedYet() {
    long silent = claim();
    assertEquals(0, consumer.poll(sink, 10, 1));
    assertFalse(consumer.hasWork(), "whoever publishes rings the doorbell");
    send(2);
    assertTrue(consumer.hasWork());
    assertEquals(1, consumer.poll(sink, 10, 1));
    assertFalse(consumer.hasWork());
    fill(silent, 1);
    assertTrue(publish(silent));
    assertTrue(consumer.hasWork());
  }

  @Test
  void shouldNotBeKeptAwakeByAClaimThatNobodyMade() {
    NativeMemory.putLong(ring + ChannelLayout.RING_CLAIM, 1L << 62);
    for (int i = 0; i < 1000; i++) {
      assertEquals(0, consumer.poll(sink, 10, 1 + i));
      assertFalse(consumer.hasWork());
    }
  }

  @Test
  void shouldGiveASlotUpWhoseProducerDiedAndServeTheOthersForManyLaps() {
    long silent = claim();
    assertEquals(0, consumer.poll(sink, 10, 1));
    assertEquals(0, consumer.poll(sink, 10, 1 + LATER));
    for (int i = 1; i <= 200; i++) {
      send(i);
      assertEquals(1, consumer.poll(sink, 10, 1 + LATER));
    }
    assertFalse(publish(silent), "the slot was given up");
    assertEquals(200, sink.ports.size());
  }

  @Test
  void shouldUseASlotAgainWhoseOwnerCameBack() {
    long silent = claim();
    consumer.poll(sink, 10, 1);
    consumer.poll(sink, 10, 1 + LATER);
    assertFalse(publish(silent));
    NativeMemory.putLong(slot(silent), ChannelLayout.SLOT_REVIVED);
    for (int i = 1; i <= 2000; i++) {
      send(i);
      assertEquals(1, consumer.poll(sink, 10, 2));
    }
    int free = 0;
    while (claim() >= 0) {
      free++;
    }
    assertEquals(SLOTS, free, "every slot is in use again");
  }

  @Test
  void shouldCountWhatIsNoDatagram() {
    send(1);
    NativeMemory.putInt(slot(0) + ChannelLayout.SLOT_LENGTH, OCTETS);
    send(2);
    NativeMemory.putInt(slot(1) + ChannelLayout.SLOT_LENGTH, -1);
    send(3);
    NativeMemory.putByte(slot(2) + ChannelLayout.SLOT_FAMILY, (byte) 10);
    send(4);
    NativeMemory.putShort(slot(3) + ChannelLayout.SLOT_DESTINATION_PORT, (short) 0);
    send(5);
    assertEquals(5, consumer.poll(sink, 10, 1));
    assertEquals(4, sink.malformed);
    assertEquals(List.of(5), sink.ports);
  }

  @Test
  void shouldDoBoundedWorkWhateverTheRingContains() {
    Random random = new Random(42);
    int taken = 0;
    for (int round = 0; round < 20_000; round++) {
      long octets = ChannelLayout.RING_HEADER_OCTETS + SLOTS * OCTETS;
      for (int i = 0; i < 20; i++) {
        long at = random.nextLong(octets - 8);
        NativeMemory.putLong(
            ring + at, random.nextBoolean() ? random.nextInt(40) : random.nextLong());
      }
      NativeMemory.putInt(ring + ChannelLayout.RING_SPACE_WAITERS, 0);
      taken += consumer.poll(sink, 64, round * 1_000_000L);
    }
    assertTrue(taken <= 20_000 * 64);
  }
}
