package org.ktsn.ingress;

import java.lang.foreign.Arena;
import org.ktsn.api.ingress.DatagramSink;
import org.ktsn.api.stack.AddressFamily;
import org.ktsn.api.stack.Datagram;
import org.ktsn.foreign.NativeMemory;

/**
 * Sends made-up datagrams through a ring of its own, so that the virtual machine has compiled what
 * reads rings before the first program sends: the planner reads them, and what runs for the first
 * time is interpreted, twenty times as slowly.
 */
final class RingRehearsal implements DatagramSink {
  private static final int SLOTS = 64;
  private static final int SLOT_OCTETS = 256;
  private static final int ROUNDS = 1_000;
  private static final int PER_ROUND = 8;

  private final long ring;
  private final RingConsumer consumer;
  private long claimed;
  private long seen;
  private long sum;

  private RingRehearsal(long ring) {
    this.ring = ring;
    consumer = new RingConsumer(0, ring, SLOTS, SLOT_OCTETS);
  }

  /** Plays it; returns how many datagrams came through. */
  static long run() {
    try (Arena arena = Arena.ofShared()) {
      long octets = ChannelLayout.RING_HEADER_OCTETS + (long) SLOTS * SLOT_OCTETS;
      RingRehearsal rehearsal = new RingRehearsal(arena.allocate(octets, 64).address());
      for (int round = 0; round < ROUNDS; round++) {
        rehearsal.play();
      }
      rehearsal.turn();
      return rehearsal.sum == 0 ? 0 : rehearsal.seen;
    }
  }

  /** The planner's turns, and its sleep between them, without a channel. */
  private void turn() {
    try (RingDrain drain = new RingDrain(() -> {})) {
      for (int round = 0; round < ROUNDS; round++) {
        drain.poll(this, SLOTS);
        drain.prepareSleep(round, 1);
        drain.awake();
      }
    }
  }

  private void play() {
    for (int i = 0; i < PER_ROUND; i++) {
      long at = claimed++;
      long slot = ring + ChannelLayout.RING_HEADER_OCTETS + (at & (SLOTS - 1)) * (long) SLOT_OCTETS;
      NativeMemory.putLong(slot + ChannelLayout.SLOT_LAUNCH_TIME, at);
      NativeMemory.putByte(slot + ChannelLayout.SLOT_FAMILY, (byte) AddressFamily.INET.number());
      NativeMemory.putByte(slot + ChannelLayout.SLOT_TTL, (byte) 64);
      NativeMemory.putShort(slot + ChannelLayout.SLOT_SOURCE_PORT, (short) 1);
      NativeMemory.putShort(slot + ChannelLayout.SLOT_DESTINATION_PORT, (short) 1);
      NativeMemory.putInt(slot + ChannelLayout.SLOT_LENGTH, 64);
      NativeMemory.putLongVolatile(
          slot + ChannelLayout.SLOT_STATE, at << 32 | ChannelLayout.SLOT_PUBLISHED);
    }
    NativeMemory.putLongVolatile(ring + ChannelLayout.RING_CLAIM, claimed);
    while (consumer.poll(this, SLOTS) > 0) {
      consumer.hasWork();
    }
  }

  @Override
  public boolean accept(Datagram datagram) {
    seen += datagram.payloadLength() > 0 && datagram.family() == AddressFamily.INET ? 1 : 0;
    sum +=
        datagram.pod()
            + datagram.launchTimeNs()
            + datagram.sentNs()
            + datagram.sourceIpv4()
            + datagram.destinationIpv4()
            + datagram.nextHopIpv4()
            + datagram.sourcePort()
            + datagram.destinationPort()
            + datagram.tos()
            + datagram.ttl()
            + datagram.priority()
            + datagram.payloadAddress()
            + (datagram.deadlineMode() || datagram.dontFragment() ? 1 : 0)
            + (datagram.noChecksum() || datagram.pastIsNow() ? 1 : 0);
    return true;
  }

  @Override
  public void malformed(int pod) {
    throw new IllegalStateException("a datagram that is well made was called malformed");
  }
}
