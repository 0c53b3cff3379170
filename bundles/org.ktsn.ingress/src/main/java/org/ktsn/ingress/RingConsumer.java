package org.ktsn.ingress;

import org.ktsn.api.ingress.DatagramSink;
import org.ktsn.foreign.Descriptors;
import org.ktsn.foreign.NativeMemory;

/**
 * The consuming end of a pod's ring. Many producers claim positions; this one consumer keeps its
 * own and trusts nothing that it reads: whatever lies in the ring, it does a bounded amount of work
 * and touches only the ring's own memory.
 *
 * <p>A producer that is silent between claim and publication does not hold up the others: the
 * consumer looks past it, up to {@value #LOOK_AHEAD} positions, and gives the slot up after {@link
 * #PATIENCE_NS}. Planner thread only.
 */
final class RingConsumer {
  /** How long a claimed slot may stay unpublished. */
  static final long PATIENCE_NS = 1_000_000_000L;

  private static final int LOOK_AHEAD = 256;
  private static final int REVIVAL_POLLS = 256;

  private final int pod;
  private final long ring;
  private final int slotCount;
  private final int slotOctets;
  private final SlotDatagram datagram = new SlotDatagram();
  private final long[] silentSinceNs;
  private long position;
  private boolean blocked;
  private int dead;
  private int polls;

  /**
   * Prepares a ring's memory and stands at its beginning.
   *
   * @param ring the memory's address
   * @param slotCount a power of two
   * @param slotOctets the size of a slot
   */
  RingConsumer(int pod, long ring, int slotCount, int slotOctets) {
    this.pod = pod;
    this.ring = ring;
    this.slotCount = slotCount;
    this.slotOctets = slotOctets;
    silentSinceNs = new long[slotCount];
    for (int i = 0; i < slotCount; i++) {
      NativeMemory.putLong(slot(i) + ChannelLayout.SLOT_SEQUENCE, i);
    }
    NativeMemory.putInt(ring + ChannelLayout.RING_MAGIC, ChannelLayout.MAGIC);
    NativeMemory.putInt(ring + ChannelLayout.RING_VERSION, ChannelLayout.VERSION);
    NativeMemory.putInt(ring + ChannelLayout.RING_SLOT_COUNT, slotCount);
    NativeMemory.putInt(ring + ChannelLayout.RING_SLOT_OCTETS, slotOctets);
  }

  private long slot(long at) {
    return ring + ChannelLayout.RING_HEADER_OCTETS + (at & (slotCount - 1)) * slotOctets;
  }

  /** How far producers have come; hostile, so no further than a lap. */
  private long claimed() {
    long claim = NativeMemory.getLongAcquire(ring + ChannelLayout.RING_CLAIM);
    long ahead = claim - position;
    return ahead < 0 ? position : position + Math.min(ahead, slotCount);
  }

  /**
   * Offers published datagrams to the sink.
   *
   * @param budget the largest number to offer
   * @param nowNs any clock that runs evenly
   * @return how many slots became free
   */
  int poll(DatagramSink sink, int budget, long nowNs) {
    if (dead > 0 && (++polls & (REVIVAL_POLLS - 1)) == 0) {
      revive();
    }
    blocked = false;
    int freed = 0;
    long end = Math.min(claimed(), position + LOOK_AHEAD);
    for (long at = position; at < end && freed < budget; at++) {
      long slot = slot(at);
      long sequence = NativeMemory.getLongAcquire(slot + ChannelLayout.SLOT_SEQUENCE);
      boolean passed = true;
      if (sequence == at + 1) {
        if (!offer(sink, slot)) {
          blocked = true;
          break;
        }
        NativeMemory.putLongRelease(slot + ChannelLayout.SLOT_SEQUENCE, at + slotCount);
        silentSinceNs[(int) at & (slotCount - 1)] = 0;
        freed++;
        end = Math.min(claimed(), position + LOOK_AHEAD);
      } else if (sequence == at) {
        passed = givenUp(at, slot, nowNs);
      }
      if (passed && at == position) {
        position++;
      }
    }
    if (freed > 0) {
      wakeWaiting(freed);
    }
    return freed;
  }

  private boolean offer(DatagramSink sink, long slot) {
    if (!datagram.read(pod, slot, slotOctets)) {
      sink.malformed(pod);
      return true;
    }
    return sink.accept(datagram);
  }

  /** A slot is claimed and unpublished; tells whether its producer was silent for too long. */
  private boolean givenUp(long at, long slot, long nowNs) {
    int index = (int) at & (slotCount - 1);
    if (silentSinceNs[index] == 0) {
      silentSinceNs[index] = nowNs == 0 ? 1 : nowNs;
      return false;
    }
    if (nowNs - silentSinceNs[index] < PATIENCE_NS) {
      return false;
    }
    silentSinceNs[index] = 0;
    if (!NativeMemory.compareAndSetLong(
        slot + ChannelLayout.SLOT_SEQUENCE, at, ChannelLayout.SLOT_DEAD)) {
      return false; // published at the last moment
    }
    dead++;
    return true;
  }

  /** Takes slots back whose owner has come back and let go of them. */
  private void revive() {
    for (int index = 0; index < slotCount && dead > 0; index++) {
      long address = slot(index) + ChannelLayout.SLOT_SEQUENCE;
      if (NativeMemory.getLongAcquire(address) == ChannelLayout.SLOT_REVIVED) {
        // free for the first position of this slot that no producer can have passed yet
        long next = position + 2L * slotCount;
        NativeMemory.putLongRelease(address, next - ((next - index) & (slotCount - 1)));
        dead--;
      }
    }
  }

  /** No program has the ring any more: what they left behind is cleared. Any thread. */
  void everyoneLeft() {
    NativeMemory.putIntVolatile(ring + ChannelLayout.RING_SPACE_WAITERS, 0);
    for (int index = 0; index < slotCount; index++) {
      NativeMemory.compareAndSetLong(
          slot(index) + ChannelLayout.SLOT_SEQUENCE,
          ChannelLayout.SLOT_DEAD,
          ChannelLayout.SLOT_REVIVED);
    }
  }

  /** Wakes as many as slots became free; whoever else waits looks again by itself. */
  private void wakeWaiting(int freed) {
    if (NativeMemory.getIntVolatile(ring + ChannelLayout.RING_SPACE_WAITERS) != 0) {
      int unused = NativeMemory.getAndAddInt(ring + ChannelLayout.RING_SPACE_SEQUENCE, 1);
      Descriptors.wakeFutex(ring + ChannelLayout.RING_SPACE_SEQUENCE, freed);
    }
  }

  /**
   * Tells whether a datagram waits that the sink would not refuse for lack of room. Only what is
   * published counts: whatever a program writes elsewhere keeps nobody awake.
   */
  boolean hasWork() {
    if (blocked) {
      return false;
    }
    long end = Math.min(claimed(), position + LOOK_AHEAD);
    for (long at = position; at < end; at++) {
      if (NativeMemory.getLongVolatile(slot(at) + ChannelLayout.SLOT_SEQUENCE) == at + 1) {
        return true;
      }
    }
    return false;
  }
}
