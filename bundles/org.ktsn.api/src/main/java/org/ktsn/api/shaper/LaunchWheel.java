package org.ktsn.api.shaper;

import java.util.Arrays;
import org.ktsn.api.frame.Frames;

/**
 * The frames of a {@link LaunchQueue} that leave later, in slots of time. No order within a slot:
 * that is made when the slot's time has come and its frames go into the heap.
 *
 * <p>A timing wheel of several levels. Time is counted in slots of 2<sup>16</sup> ns (65.5 us); six
 * bits of that number are the place within a level:
 *
 * <pre>
 *   level   a slot lasts   64 slots
 *       0        65.5 us     4.2 ms
 *       1         4.2 ms     268 ms
 *       2         268 ms     17.2 s
 *       …
 *       7       9.1 years
 * </pre>
 *
 * <p>A frame stands in the level of the highest bits in which its slot differs from the present
 * one. When the levels below have become empty, its slot is taken apart and the frames go down, a
 * level or more each time. So a frame is touched once per level at most, two or three times as a
 * rule; those of one slot in one go.
 *
 * <p>A slot is a list of chunks with a few frames' numbers each, so that taking it apart reads
 * memory in its order and waits for no pointer. All chunks are in one table:
 *
 * <pre>
 *   octet 0        4        8             64
 *         | next   | frame  | frame | …   |
 * </pre>
 */
final class LaunchWheel {
  private static final int SLOT_BITS = 16;
  private static final int LEVEL_BITS = 6;
  private static final int SLOTS = 1 << LEVEL_BITS;
  private static final int LEVELS = (Long.SIZE - SLOT_BITS) / LEVEL_BITS;
  private static final int CHUNK = 16;
  private static final int FRAMES_PER_CHUNK = CHUNK - 1;
  private static final int NONE = -1;

  private final Frames frames;
  private final LaunchHeap soon;

  /** By level: which slots have frames. */
  private final long[] occupied = new long[LEVELS];

  /** By level and slot: the first chunk, and how many frames are in it; the others are full. */
  private final int[] firstChunk = new int[LEVELS * SLOTS];

  private final byte[] inFirstChunk = new byte[LEVELS * SLOTS];

  private final int[] chunks;
  private int freeChunk;
  private long presentSlot;
  private int size;

  /**
   * Makes an empty wheel.
   *
   * @param soon where frames go whose time has come
   */
  LaunchWheel(Frames frames, LaunchHeap soon) {
    this.frames = frames;
    this.soon = soon;
    Arrays.fill(firstChunk, NONE);
    // Every slot may have one chunk that is not full; one more is in hand while a slot is emptied.
    int count = frames.capacity() / FRAMES_PER_CHUNK + LEVELS * SLOTS + 1;
    chunks = new int[count * CHUNK];
    freeChunk = NONE;
    for (int chunk = chunks.length - CHUNK; chunk >= 0; chunk -= CHUNK) {
      free(chunk);
    }
  }

  int size() {
    return size;
  }

  /** Begins anew at the earliest slot; there must be no frame. */
  void restart() {
    assert size == 0;
    presentSlot = 0;
  }

  /** Adds a frame, or hands it on to the heap if its time has come. */
  void add(int frame) {
    long slot = slot(frame);
    if (slot <= presentSlot) {
      soon.add(frame);
    } else {
      put(frame, slot);
      size++;
    }
  }

  /** Goes on to the next slot with frames, and moves those into the heap; there must be one. */
  void turn() {
    do {
      int level = 0;
      while (occupied[level] == 0) {
        level++;
      }
      empty(level, Long.numberOfTrailingZeros(occupied[level]));
    } while (soon.size() == 0);
  }

  /** Makes the begin of a slot the present, and takes the slot apart. */
  private void empty(int level, int place) {
    int index = level * SLOTS + place;
    int chunk = firstChunk[index];
    int count = inFirstChunk[index];
    firstChunk[index] = NONE;
    occupied[level] &= ~(1L << place);
    int shift = level * LEVEL_BITS;
    presentSlot = (((presentSlot >> shift) & -SLOTS) | place) << shift;
    while (chunk != NONE) {
      for (int at = chunk + 1; at <= chunk + count; at++) {
        comeNearer(chunks[at]);
      }
      int next = chunks[chunk];
      free(chunk);
      chunk = next;
      count = FRAMES_PER_CHUNK;
    }
  }

  private void comeNearer(int frame) {
    long slot = slot(frame);
    if (slot <= presentSlot) {
      soon.add(frame);
      size--;
    } else {
      put(frame, slot);
    }
  }

  private void put(int frame, long slot) {
    int highestBit = Long.SIZE - 1 - Long.numberOfLeadingZeros(slot ^ presentSlot);
    int level = highestBit / LEVEL_BITS;
    int place = (int) (slot >> (level * LEVEL_BITS)) & (SLOTS - 1);
    int index = level * SLOTS + place;
    if (firstChunk[index] == NONE || inFirstChunk[index] == FRAMES_PER_CHUNK) {
      occupied[level] |= 1L << place;
      int chunk = freeChunk;
      freeChunk = chunks[chunk];
      chunks[chunk] = firstChunk[index];
      firstChunk[index] = chunk;
      inFirstChunk[index] = 0;
    }
    chunks[firstChunk[index] + ++inFirstChunk[index]] = frame;
  }

  private void free(int chunk) {
    chunks[chunk] = freeChunk;
    freeChunk = chunk;
  }

  /** Slots are counted from 1970 on; those before are in the past. */
  private long slot(int frame) {
    return frames.launchTimeNs(frame) >> SLOT_BITS;
  }
}
