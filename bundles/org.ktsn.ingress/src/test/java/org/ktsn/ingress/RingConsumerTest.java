package org.ktsn.ingress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.ktsn.api.ingress.DatagramSink;
import org.ktsn.api.stack.AddressFamily;
import org.ktsn.api.stack.Datagram;
import org.ktsn.foreign.NativeMemory;

final class RingConsumerTest {
  private static final int SLOTS = 8;
  private static final int OCTETS = 256;
  private static final int THREAD = 4711;

  private final Arena arena = Arena.ofShared();
  private final long ring =
      arena.allocate(ChannelLayout.RING_HEADER_OCTETS + SLOTS * OCTETS, 64).address();
  private final RingConsumer consumer = new RingConsumer(3, ring, SLOTS, OCTETS);
  private final Sink sink = new Sink();

  private static final class Sink implements DatagramSink {
    final List<Integer> ports = new ArrayList<>();
    final List<Integer> priorities = new ArrayList<>();
    final List<List<Long>> nextHops = new ArrayList<>();
    final List<AddressFamily> families = new ArrayList<>();
    final List<List<Long>> addresses = new ArrayList<>();
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
      nextHops.add(List.of(datagram.nextHopHigh(), datagram.nextHopLow()));
      families.add(datagram.family());
      addresses.add(
          List.of(
              datagram.sourceHigh(),
              datagram.sourceLow(),
              datagram.destinationHigh(),
              datagram.destinationLow()));
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

  private long state(long position) {
    return slot(position) + ChannelLayout.SLOT_STATE;
  }

  private static long with(long position, int owner) {
    return position << 32 | owner;
  }

  /** What a producer does; returns the position, or -1 if the ring is full. */
  private long claim() {
    while (true) {
      long at = advance();
      if (at < 0 || own(at)) {
        return at;
      }
    }
  }

  /** Its first half. */
  private long advance() {
    long at = NativeMemory.getLong(ring + ChannelLayout.RING_CLAIM);
    long found = NativeMemory.getLong(state(at));
    if (found == with(at - SLOTS, ChannelLayout.SLOT_PUBLISHED)
        || found == with(at - SLOTS, ChannelLayout.SLOT_FREE)) {
      return -1;
    }
    NativeMemory.putLong(ring + ChannelLayout.RING_CLAIM, at + 1);
    return at;
  }

  /** Its second half. */
  private boolean own(long at) {
    return NativeMemory.compareAndSetLong(
        state(at), with(at, ChannelLayout.SLOT_FREE), with(at, THREAD));
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
    return NativeMemory.compareAndSetLong(
        state(at), with(at, THREAD), with(at, ChannelLayout.SLOT_PUBLISHED));
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
        assertEquals(5, consumer.poll(sink, 100));
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
    consumer.poll(sink, 100);
    assertEquals(List.of(0, 7, 15, 0, 7, 15, 3, 15), sink.priorities);
  }

  @Test
  void shouldReadTheNextHopThatTheProgramWasTold() {
    long at = claim();
    fill(at, 1);
    NativeMemory.putInt(slot(at) + ChannelLayout.SLOT_NEXT_HOP, Integer.reverseBytes(0x0a4d_0001));
    assertTrue(publish(at));
    consumer.poll(sink, 100);
    assertEquals(List.of(List.of(0x0a4d_0001_0000_0000L, 0L)), sink.nextHops);
  }

  @Test
  void shouldOfferNoMoreThanTheBudget() {
    send(1);
    send(2);
    send(3);
    assertEquals(2, consumer.poll(sink, 2));
    assertTrue(consumer.hasWork());
    assertEquals(1, consumer.poll(sink, 2));
  }

  @Test
  void shouldKeepADatagramThatTheSinkHasNoRoomFor() {
    send(1);
    send(2);
    sink.room = 1;
    assertEquals(1, consumer.poll(sink, 10));
    assertFalse(consumer.hasWork(), "nothing can be done before there is room");
    sink.room = 10;
    assertEquals(1, consumer.poll(sink, 10));
    assertEquals(List.of(1, 2), sink.ports);
  }

  @Test
  void shouldTellProducersThatTheRingIsFullAndThenThatItIsNot() {
    for (int i = 1; i <= SLOTS; i++) {
      send(i);
    }
    assertEquals(-1, claim());
    assertEquals(1, consumer.poll(sink, 1));
    assertTrue(claim() >= 0);
  }

  @Test
  void shouldLookPastAProducerThatHasNotPublishedYet() {
    long silent = claim();
    send(2);
    send(3);
    assertEquals(2, consumer.poll(sink, 10));
    fill(silent, 1);
    assertTrue(publish(silent));
    assertEquals(1, consumer.poll(sink, 10));
    assertEquals(List.of(2, 3, 1), sink.ports);
    send(4);
    assertEquals(1, consumer.poll(sink, 10));
  }

  @Test
  void shouldSeeWhatIsPublishedBehindAProducerThatHasNotPublishedYet() {
    long silent = claim();
    assertEquals(0, consumer.poll(sink, 10));
    assertFalse(consumer.hasWork(), "whoever publishes rings the doorbell");
    send(2);
    assertTrue(consumer.hasWork());
    assertEquals(1, consumer.poll(sink, 10));
    assertFalse(consumer.hasWork());
    fill(silent, 1);
    assertTrue(publish(silent));
    assertTrue(consumer.hasWork());
  }

  @Test
  void shouldNotBeKeptAwakeByAClaimThatNobodyMade() {
    NativeMemory.putLong(ring + ChannelLayout.RING_CLAIM, 1L << 62);
    for (int i = 0; i < 1000; i++) {
      assertEquals(0, consumer.poll(sink, 10));
      assertFalse(consumer.hasWork());
    }
  }

  /** Sends and takes so many; the sink has just these then. */
  private void stream(int datagrams) {
    sink.ports.clear();
    List<Integer> expected = new ArrayList<>();
    for (int i = 1; i <= datagrams; i++) {
      send(i);
      expected.add(i);
      assertEquals(1, consumer.poll(sink, 10));
    }
    assertEquals(expected, sink.ports);
  }

  private void kill(long at) {
    NativeMemory.putLong(state(at), with(at, ChannelLayout.SLOT_ORPHANED));
  }

  private int room() {
    int free = 0;
    while (true) {
      long at = claim();
      if (at < 0) {
        return free;
      }
      fill(at, 1);
      assertTrue(publish(at));
      free++;
    }
  }

  @Test
  void shouldServeTheOthersForManyLapsWhileAProducerIsStoppedAndTakeItsDatagramThen() {
    long stopped = claim();
    stream(200);
    assertFalse(consumer.hasWork());
    fill(stopped, 7);
    assertTrue(publish(stopped));
    assertTrue(consumer.hasWork());
    assertEquals(1, consumer.poll(sink, 10));
    assertEquals(7, sink.ports.getLast());
    stream(20);
    assertEquals(SLOTS, room(), "every slot is in use again");
  }

  @Test
  void shouldHaveASlotBackAsSoonAsItsOwnerHasDied() {
    for (int dead = 0; dead < 10 * SLOTS; dead++) {
      long at = claim();
      if (dead % 3 == 0) {
        assertEquals(0, consumer.poll(sink, 10)); // seen alive before
      }
      kill(at);
      stream(dead % 5);
    }
    assertEquals(0, consumer.poll(sink, 10));
    assertEquals(SLOTS, room());
  }

  @Test
  void shouldPassAPositionThatWasClaimedAndDidNotBecomeAnybodys() {
    for (int round = 0; round < 3 * SLOTS; round++) {
      long at = advance();
      stream(round % 4);
      assertEquals(0, consumer.poll(sink, 10));
      assertFalse(own(at), "it comes too late, and tries another");
    }
    assertEquals(SLOTS, room());
  }

  @Test
  void shouldServeTheOthersWithTheLastSlotThatIsNotHeld() {
    for (int i = 1; i < SLOTS; i++) {
      assertTrue(claim() >= 0);
      assertEquals(0, consumer.poll(sink, 10));
    }
    stream(100);
    assertTrue(consumer.isWorn(false));
    assertTrue(consumer.isEmpty());
  }

  @Test
  void shouldCallARingWornThatNobodyHasAndSomebodyHolds() {
    stream(3);
    assertFalse(consumer.isWorn(true));
    long at = claim();
    assertEquals(0, consumer.poll(sink, 10));
    assertTrue(consumer.isWorn(true));
    assertFalse(consumer.isWorn(false));
    kill(at);
    assertFalse(consumer.isWorn(true));
  }

  /** It was claimed after the first was published: who sees the second sees the first. */
  @Test
  void shouldKeepTheOrderOfAThreadThatPublishesWhileThePollIsUnderWay() {
    long first = claim();
    fill(first, 1);
    assertEquals(0, consumer.poll(sink, 10));
    send(50);
    long second = claim(); // what the thread comes to between the looks of one poll, all at once
    fill(second, 2);
    assertTrue(publish(first));
    assertTrue(publish(second));
    assertEquals(3, consumer.poll(sink, 10));
    assertEquals(List.of(1, 50, 2), sink.ports);
  }

  @Test
  void shouldKeepTheOrderOfEveryThread() throws InterruptedException {
    int threads = 3;
    int each = 20_000;
    AtomicBoolean failed = new AtomicBoolean();
    Thread[] producers = new Thread[threads];
    Object lock = new Object();
    for (int t = 0; t < threads; t++) {
      int thread = t;
      producers[t] =
          Thread.ofPlatform()
              .start(
                  () -> {
                    for (int i = 0; i < each; ) {
                      long at;
                      synchronized (lock) { // claims only: published in any order
                        at = claim();
                      }
                      if (at < 0) {
                        Thread.onSpinWait();
                        continue;
                      }
                      fill(at, 1 + thread);
                      NativeMemory.putInt(slot(at) + ChannelLayout.SLOT_LENGTH, 8);
                      NativeMemory.putLong(slot(at) + ChannelLayout.SLOT_LAUNCH_TIME, i);
                      failed.compareAndSet(false, !publish(at));
                      i++;
                    }
                  });
    }
    long[] next = new long[threads];
    DatagramSink ordered =
        new DatagramSink() {
          @Override
          public boolean accept(Datagram datagram) {
            int thread = datagram.sourcePort() - 1;
            failed.compareAndSet(false, datagram.launchTimeNs() != next[thread]++);
            return true;
          }

          @Override
          public void malformed(int pod) {
            failed.set(true);
          }
        };
    for (int taken = 0; taken < threads * each && !failed.get(); ) {
      taken += consumer.poll(ordered, 5);
    }
    assertFalse(failed.get());
    for (Thread producer : producers) {
      producer.join();
    }
  }

  @Test
  void shouldCountWhatIsNoDatagram() {
    send(1);
    NativeMemory.putInt(slot(0) + ChannelLayout.SLOT_LENGTH, OCTETS);
    send(2);
    NativeMemory.putInt(slot(1) + ChannelLayout.SLOT_LENGTH, -1);
    send(3);
    NativeMemory.putByte(slot(2) + ChannelLayout.SLOT_FAMILY, (byte) 11);
    send(4);
    NativeMemory.putShort(slot(3) + ChannelLayout.SLOT_DESTINATION_PORT, (short) 0);
    send(5);
    assertEquals(5, consumer.poll(sink, 10));
    assertEquals(4, sink.malformed);
    assertEquals(List.of(5), sink.ports);
  }

  /** Hands over a datagram of a family, with octets in all places where addresses may be. */
  private void send(int family, int sourcePort, int destinationPort, int ttl) {
    long at = claim();
    fill(at, sourcePort);
    NativeMemory.putByte(slot(at) + ChannelLayout.SLOT_FAMILY, (byte) family);
    NativeMemory.putShort(slot(at) + ChannelLayout.SLOT_DESTINATION_PORT, (short) destinationPort);
    NativeMemory.putByte(slot(at) + ChannelLayout.SLOT_TTL, (byte) ttl);
    for (int i = 0; i < 16; i++) {
      NativeMemory.putByte(slot(at) + ChannelLayout.SLOT_SOURCE + i, (byte) (1 + i));
      NativeMemory.putByte(slot(at) + ChannelLayout.SLOT_DESTINATION + i, (byte) (0xf0 + i));
      NativeMemory.putByte(slot(at) + ChannelLayout.SLOT_NEXT_HOP + i, (byte) (0x20 + i));
    }
    assertTrue(publish(at));
  }

  @Test
  void shouldPassOnDatagramsOfEveryKnownFamilyAndOfTheirAddressesNoMoreThanThereIs() {
    send(2, 1, 2, 64);
    send(10, 3, 4, 0);
    send(17, 0, 0, 0);
    assertEquals(3, consumer.poll(sink, 10));
    assertEquals(List.of(AddressFamily.values()), sink.families);
    assertEquals(List.of(1, 3, 0), sink.ports);
    assertEquals(
        List.of(
            List.of(0x0102_0304_0000_0000L, 0L, 0xf0f1_f2f3_0000_0000L, 0L),
            List.of(
                0x0102_0304_0506_0708L,
                0x090a_0b0c_0d0e_0f10L,
                0xf0f1_f2f3_f4f5_f6f7L,
                0xf8f9_fafb_fcfd_feffL),
            List.of(0x0102_0304_0506_0000L, 0L, 0xf0f1_f2f3_f4f5_0000L, 0L)),
        sink.addresses);
    assertEquals(
        List.of(
            List.of(0x2021_2223_0000_0000L, 0L),
            List.of(0x2021_2223_2425_2627L, 0x2829_2a2b_2c2d_2e2fL),
            List.of(0x2021_2223_2425_0000L, 0L)),
        sink.nextHops);
    assertEquals(0, sink.malformed);
  }

  @Test
  void shouldCallMalformedWhatIsOfNoKnownFamily() {
    int hostile = 0;
    for (int family = 0; family < 256; family++) {
      if (!AddressFamily.isKnown(family)) {
        send(family, 1, 2, 64);
        assertEquals(1, consumer.poll(sink, 10));
        assertEquals(++hostile, sink.malformed);
      }
    }
    assertEquals(List.of(), sink.families);
  }

  @Test
  void shouldCallMalformedWhatItsFamilyDoesNotAllow() {
    int[][] hostile = {
      {2, 0, 2, 64},
      {2, 1, 0, 64},
      {2, 1, 2, 0},
      {10, 0, 2, 64},
      {10, 1, 0, 64},
      {17, 1, 0, 64},
      {17, 0, 1, 64}
    };
    for (int[] of : hostile) {
      send(of[0], of[1], of[2], of[3]);
      consumer.poll(sink, 10);
    }
    assertEquals(hostile.length, sink.malformed);
    assertEquals(List.of(), sink.families);
  }

  @Test
  void shouldAllocateNothingPerDatagramOfAnyFamily() {
    DatagramSink quiet =
        new DatagramSink() {
          @Override
          public boolean accept(Datagram datagram) {
            return datagram.sourceLow() != datagram.nextHopHigh() + 1;
          }

          @Override
          public void malformed(int pod) {}
        };
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 20; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < 500; i++) {
        send(2, 1, 2, 64);
        send(10, 3, 4, 64);
        send(17, 0, 0, 64);
        send(99, 0, 0, 64);
        consumer.poll(quiet, 10);
      }
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
    }
    assertEquals(0, least, "octets allocated by 2000 datagrams");
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
      taken += consumer.poll(sink, 64);
    }
    assertTrue(taken <= 20_000 * 64);
  }
}
