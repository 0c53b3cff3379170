package org.ktsn.ingress;

import org.ktsn.api.ingress.DatagramSink;
import org.ktsn.foreign.Descriptors;
import org.ktsn.foreign.NativeMemory;

/**
 * The consuming end of a pod's ring. Many producers claim positions; this one consumer keeps its
 * own and trusts nothing that it reads: whatever lies in the ring, it does a bounded amount of work
 * and touches only the ring's own memory.
 *
 * <p>It waits for no producer. Each poll first notes which positions have an owner, and then
 * offers, in the order of their positions, those of all noted ones that are published. So a
 * producer that is slow, stopped or dead costs the others nothing, and what one thread sends stays
 * in its order: it publishes one datagram before it claims a slot for the next, which is therefore
 * not noted unless the first is seen. Whoever does not publish has its slot for as long as it
 * takes; the kernel marks the slots of those that have died. Planner thread only, except where
 * noted.
 */
final class RingConsumer {
  /** How many positions a poll notes and how many noted ones it looks at, at most. */
  static final int LOOKS = 256;

  /**
   * So many slots that are claimed and not published say that something else than slow threads is
   * the matter: owners whose end the kernel does not tell.
   */
  private static final int MOST_HELD = 128;

  private final int pod;
  private final long ring;
  private final int slotCount;
  private final int slotOctets;
  private final SlotDatagram datagram = new SlotDatagram();

  /** Positions that had an owner when they were passed, in ascending order. */
  private final long[] noted;

  /** By slot: whether one of these positions is its. */
  private final boolean[] isNoted;

  private int count;
  private long position;
  private boolean blocked;

  /** How many noted ones the last poll left, because the sink or the budget was full. */
  private int left;

  /** How many noted ones were not published when all were looked at. Read by any thread. */
  private volatile int held;

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
    noted = new long[slotCount];
    isNoted = new boolean[slotCount];
    for (int i = 0; i < slotCount; i++) {
      NativeMemory.putLong(state(i), with(i, ChannelLayout.SLOT_FREE));
    }
    NativeMemory.putInt(ring + ChannelLayout.RING_MAGIC, ChannelLayout.MAGIC);
    NativeMemory.putInt(ring + ChannelLayout.RING_VERSION, ChannelLayout.VERSION);
    NativeMemory.putInt(ring + ChannelLayout.RING_SLOT_COUNT, slotCount);
    NativeMemory.putInt(ring + ChannelLayout.RING_SLOT_OCTETS, slotOctets);
  }

  private int index(long at) {
    return (int) at & (slotCount - 1);
  }

  private long slot(long at) {
    return ring + ChannelLayout.RING_HEADER_OCTETS + (long) index(at) * slotOctets;
  }

  private long state(long at) {
    return slot(at) + ChannelLayout.SLOT_STATE;
  }

  /** What stands in a slot for a position and an owner. */
  private static long with(long at, int owner) {
    return at << 32 | owner;
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
   * @return how many the sink took
   */
  int poll(DatagramSink sink, int budget) {
    note(budget);
    blocked = false;
    int taken = 0;
    int released = 0;
    int kept = 0;
    int unpublished = 0;
    int at = 0;
    for (int end = Math.min(count, LOOKS); at < end && taken < budget; at++) {
      long of = noted[at];
      long found = NativeMemory.getLongAcquire(state(of));
      if (found == with(of, ChannelLayout.SLOT_PUBLISHED)) {
        if (!offer(sink, slot(of))) {
          blocked = true;
          break;
        }
        taken++;
      } else if (isOwned(found, of)) {
        unpublished++;
        noted[kept++] = of;
        continue;
      }
      release(of);
      released++;
    }
    left = count - at;
    if (released > 0) {
      System.arraycopy(noted, at, noted, kept, left);
      count -= released;
      wakeWaiting(released);
    }
    if (held != unpublished && !blocked && taken < budget) {
      held = unpublished; // all were looked at, or as many as are ever looked at
    }
    return taken;
  }

  /** Goes on over positions that have an owner, until enough are published. */
  private void note(int enough) {
    int published = blocked ? enough : left;
    long end = Math.min(claimed(), position + LOOKS);
    for (; position < end && published < enough; position++) {
      int index = index(position);
      if (isNoted[index]) {
        continue; // whoever has had the slot for a lap leaves no room here
      }
      long state = state(position);
      long free = with(position, ChannelLayout.SLOT_FREE);
      long found = NativeMemory.getLongAcquire(state);
      if (found == free) {
        // Claimed, and not yet somebody's: whoever claimed it finds it taken away, and tries on.
        if (NativeMemory.compareAndSetLong(
            state, free, with(position + slotCount, ChannelLayout.SLOT_FREE))) {
          continue;
        }
        found = NativeMemory.getLongAcquire(state);
      }
      if (found == with(position, ChannelLayout.SLOT_PUBLISHED)) {
        published++;
      } else if (!isOwned(found, position)) {
        NativeMemory.putLongRelease(state, with(position + slotCount, ChannelLayout.SLOT_FREE));
        continue;
      }
      isNoted[index] = true;
      noted[count++] = position;
    }
  }

  /** Tells whether a living thread may have a slot; not, if the kernel or garbage stands there. */
  private static boolean isOwned(long found, long at) {
    int owner = (int) found;
    return (int) (found >>> 32) == (int) at
        && owner > ChannelLayout.SLOT_FREE
        && owner < ChannelLayout.SLOT_PUBLISHED;
  }

  private boolean offer(DatagramSink sink, long slot) {
    if (!datagram.read(pod, slot, slotOctets)) {
      sink.malformed(pod);
      return true;
    }
    return sink.accept(datagram);
  }

  /** Makes a slot free for the next position that has not been passed. */
  private void release(long at) {
    long laps = (position - at + slotCount - 1) / slotCount;
    isNoted[index(at)] = false;
    NativeMemory.putLongRelease(state(at), with(at + laps * slotCount, ChannelLayout.SLOT_FREE));
  }

  /** Returns how many positions lie behind this consumer. */
  long taken() {
    return position - count;
  }

  /** Returns how many positions are claimed and not yet behind this consumer. */
  long queued() {
    return claimed() - taken();
  }

  /** No program has the ring any more: nobody waits. Any thread. */
  void everyoneLeft() {
    NativeMemory.putIntVolatile(ring + ChannelLayout.RING_SPACE_WAITERS, 0);
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
    for (int i = 0, end = Math.min(count, LOOKS); i < end; i++) {
      if (isPublished(noted[i])) {
        return true;
      }
    }
    for (long at = position, end = Math.min(claimed(), position + LOOKS); at < end; at++) {
      if (isPublished(at)) {
        return true;
      }
    }
    return false;
  }

  private boolean isPublished(long at) {
    return NativeMemory.getLongVolatile(state(at)) == with(at, ChannelLayout.SLOT_PUBLISHED);
  }

  /**
   * Tells whether slots are held by owners that may be gone without the kernel's telling: many, or
   * any where nobody has the ring. Any thread.
   */
  boolean isWorn(boolean deserted) {
    int most = deserted ? 0 : Math.min(MOST_HELD, slotCount / 2);
    return held > most && countOwned() > most;
  }

  /** Returns how many slots somebody writes at the moment. Any thread. */
  int countOwned() {
    int owned = 0;
    for (int i = 0; i < slotCount; i++) {
      int owner = (int) NativeMemory.getLongAcquire(state(i));
      owned += owner > ChannelLayout.SLOT_FREE && owner < ChannelLayout.SLOT_PUBLISHED ? 1 : 0;
    }
    return owned;
  }

  /** Tells whether no slot is published. Any thread. */
  boolean isEmpty() {
    for (int i = 0; i < slotCount; i++) {
      if ((int) NativeMemory.getLongAcquire(state(i)) == ChannelLayout.SLOT_PUBLISHED) {
        return false;
      }
    }
    return true;
  }
}
