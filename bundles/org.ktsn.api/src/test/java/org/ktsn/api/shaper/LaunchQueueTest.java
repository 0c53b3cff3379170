package org.ktsn.api.shaper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Random;
import java.util.SortedSet;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.ktsn.api.frame.Frames;
import org.ktsn.api.pod.Pod;

class LaunchQueueTest {

  @Property(tries = 300)
  void shouldGiveFramesInTheOrderOfLaunchTimeAndArrival(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 200) int capacity,
      @ForAll @IntRange(min = 1, max = 1_000) int launchTimes) {
    Random random = new Random(seed);
    Table table = new Table(capacity);
    LaunchQueue queue = new LaunchQueue(table);
    TreeSet<Integer> expected = new TreeSet<>(table.order());
    int next = 0;
    for (int step = 0; step < 4 * capacity; step++) {
      if (!queue.isFull() && next < capacity && random.nextInt(3) > 0) {
        table.launchTimeNs[next] = random.nextLong(launchTimes) - launchTimes / 2;
        table.arrival[next] = (next * 7_919L) % 10_007;
        queue.add(next);
        expected.add(next++);
      } else if (!expected.isEmpty()) {
        assertEquals(expected.removeFirst(), queue.first());
        queue.removeFirst();
      }
      assertEquals(expected.size(), queue.size());
    }
    while (!expected.isEmpty()) {
      assertEquals(expected.removeFirst(), queue.first());
      queue.removeFirst();
    }
    assertEquals(0, queue.size());
  }

  /** From nanoseconds to centuries ahead, before and after what has left already. */
  @Property(tries = 300)
  void shouldKeepTheOrderOverAllSpansOfTime(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 2_000) int capacity,
      @ForAll @IntRange(min = 1, max = 62) int spanBits) {
    Random random = new Random(seed);
    Table table = new Table(capacity);
    LaunchQueue queue = new LaunchQueue(table);
    TreeSet<Integer> expected = new TreeSet<>(table.order());
    ArrayDeque<Integer> free = new ArrayDeque<>();
    for (int frame = 0; frame < capacity; frame++) {
      free.add(frame);
    }
    long nowNs = 1_800_000_000_000_000_000L;
    for (int step = 0; step < 6 * capacity; step++) {
      boolean adds = random.nextInt(capacity) >= expected.size();
      if (adds) {
        int frame = free.remove();
        int bits = 1 + random.nextInt(spanBits);
        long aheadNs = random.nextLong(1L << bits) - (1L << (bits - 1)) / 4;
        table.launchTimeNs[frame] = Math.max(0, nowNs + aheadNs);
        table.arrival[frame] = step;
        queue.add(frame);
        expected.add(frame);
      } else {
        int first = expected.removeFirst();
        assertEquals(first, queue.first());
        assertEquals(table.launchTimeNs(first), queue.firstLaunchTimeNs());
        nowNs = Math.max(nowNs, table.launchTimeNs(first));
        queue.removeFirst();
        free.add(first);
      }
      assertEquals(expected.size(), queue.size());
    }
  }

  @Test
  void shouldHaveRoomForEveryFrameInEverySlot() {
    Random random = new Random(3);
    Table table = new Table(20_000);
    LaunchQueue queue = new LaunchQueue(table);
    for (int round = 0; round < 10; round++) {
      for (int frame = 0; frame < table.capacity(); frame++) {
        table.launchTimeNs[frame] = random.nextLong(Long.MAX_VALUE) >> random.nextInt(40);
        table.arrival[frame] = frame;
        queue.add(frame);
      }
      assertTrue(queue.isFull());
      long lastNs = Long.MIN_VALUE;
      while (queue.size() > 0) {
        assertTrue(queue.firstLaunchTimeNs() >= lastNs);
        lastNs = queue.firstLaunchTimeNs();
        queue.removeFirst();
      }
    }
  }

  @Test
  void shouldBeFullWithEveryFrameOfTheTable() {
    LaunchQueue queue = new LaunchQueue(new Table(3));
    queue.add(2);
    queue.add(0);
    assertFalse(queue.isFull());
    queue.add(1);
    assertTrue(queue.isFull());
    queue.removeFirst();
    assertFalse(queue.isFull());
  }

  /** As the rule says it, frame by frame. */
  @Property(tries = 500)
  void shouldLetPodsTakeTurnsWithWhatIsDue(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 60) int capacity,
      @ForAll @IntRange(min = 1, max = 5) int pods,
      @ForAll @IntRange(min = 1, max = 300) int spanNs) {
    Random random = new Random(seed);
    boolean modes = random.nextBoolean();
    Table table = new Table(capacity);
    LaunchQueue queue = new LaunchQueue(table);
    TreeSet<Integer> queued = new TreeSet<>(table.order());
    ArrayDeque<Integer> free = new ArrayDeque<>();
    for (int frame = 0; frame < capacity; frame++) {
      free.add(frame);
    }
    long freeNs = Long.MIN_VALUE;
    int lastPod = -1;
    for (int step = 0; step < 8 * capacity; step++) {
      if (!free.isEmpty() && random.nextInt(2) == 0) {
        int frame = free.remove();
        table.launchTimeNs[frame] = random.nextInt(1 + 4 * spanNs);
        table.arrival[frame] = step;
        table.pod[frame] = random.nextInt(pods) * 250;
        table.deadlineMode[frame] = modes && random.nextInt(4) == 0;
        queue.add(frame);
        queued.add(frame);
      } else if (!queued.isEmpty()) {
        int expected = table.firstInTurn(queued, freeNs, lastPod);
        assertEquals(expected, queue.first());
        assertEquals(table.launchTimeNs(expected), queue.firstLaunchTimeNs());
        queued.remove(expected);
        free.add(expected);
        if (random.nextInt(5) == 0) {
          queue.removeFirst();
        } else {
          long endNs = Math.max(table.launchTimeNs(expected), Math.max(0, freeNs)) + 10;
          queue.removeFirst(endNs);
          freeNs = Math.max(freeNs, endNs);
          lastPod = table.pod(expected);
        }
      }
      if (random.nextInt(20) == 0) {
        long startNs = random.nextInt(1 + 4 * spanNs);
        queue.linkFreeFrom(startNs);
        freeNs = Math.min(freeNs, startNs);
      }
      assertEquals(queued.size(), queue.size());
    }
  }

  /** What is asked for of a frame, in columns. */
  private static final class Table implements Frames {
    final long[] launchTimeNs;
    final long[] arrival;
    final int[] pod;
    final boolean[] deadlineMode;

    Table(int capacity) {
      launchTimeNs = new long[capacity];
      arrival = new long[capacity];
      pod = new int[capacity];
      deadlineMode = new boolean[capacity];
    }

    Comparator<Integer> order() {
      return Comparator.<Integer>comparingLong(this::launchTimeNs).thenComparingLong(this::arrival);
    }

    int firstInTurn(SortedSet<Integer> inOrder, long freeNs, int lastPod) {
      boolean[] seen = new boolean[Pod.MAX_PODS];
      int first = -1;
      for (int frame : inOrder) {
        if (!seen[pod[frame]] && (deadlineMode[frame] || launchTimeNs[frame] <= freeNs)) {
          int turn = Math.floorMod(pod[frame] - lastPod - 1, Pod.MAX_PODS);
          if (first < 0 || turn < Math.floorMod(pod[first] - lastPod - 1, Pod.MAX_PODS)) {
            first = frame;
          }
        }
        seen[pod[frame]] = true;
      }
      return first < 0 ? inOrder.first() : first;
    }

    @Override
    public int capacity() {
      return launchTimeNs.length;
    }

    @Override
    public long launchTimeNs(int frame) {
      return launchTimeNs[frame];
    }

    @Override
    public long arrival(int frame) {
      return arrival[frame];
    }

    @Override
    public int pod(int frame) {
      return pod[frame];
    }

    @Override
    public int trafficClass(int frame) {
      throw new UnsupportedOperationException("a queue has one class");
    }

    @Override
    public int lengthOctets(int frame) {
      throw new UnsupportedOperationException("a queue knows no lengths");
    }

    @Override
    public int sduOctets(int frame) {
      throw new UnsupportedOperationException("a queue knows no lengths");
    }

    @Override
    public boolean deadlineMode(int frame) {
      return deadlineMode[frame];
    }
  }
}
