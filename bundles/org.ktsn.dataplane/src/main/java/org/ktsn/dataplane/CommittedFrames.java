package org.ktsn.dataplane;

import java.util.Arrays;
import org.ktsn.api.shaper.Shaper;

/**
 * The frames that are with the launcher, in the order of their instants: where the link is taken,
 * and where it still has gaps. They usually come at the end and leave at the beginning, which takes
 * the same time however many there are. Planner thread only.
 */
final class CommittedFrames {
  private final long[] startNs;
  private final long[] endNs;
  private final long[] launchTimeNs;
  private final int[] frame;
  private final byte[] trafficClass;
  private final long[] limits = new long[8];
  private int head;
  private int count;

  CommittedFrames(int capacity) {
    int room = 2 * capacity; // so that the rest moves to the front only once in a while
    startNs = new long[room];
    endNs = new long[room];
    launchTimeNs = new long[room];
    frame = new int[room];
    trafficClass = new byte[room];
  }

  int count() {
    return count;
  }

  long startNs(int place) {
    return startNs[head + place];
  }

  long endNs(int place) {
    return endNs[head + place];
  }

  /** Returns when the last frame's last octet leaves; {@link Long#MIN_VALUE} if there is none. */
  long lastEndNs() {
    return count == 0 ? Long.MIN_VALUE : endNs[head + count - 1];
  }

  /** Returns the latest instant, {@link Long#MIN_VALUE} if there is none. */
  long lastStartNs() {
    return count == 0 ? Long.MIN_VALUE : startNs[head + count - 1];
  }

  /**
   * Returns the place of the first frame that starts after an instant; their count if none does.
   */
  int firstAfter(long instantNs) {
    int low = 0;
    int high = count;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (startNs[head + middle] > instantNs) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  /**
   * Returns, for the gap before a place, which launch times of each class would overtake a frame of
   * the same class behind the gap. The array is used again by the next call.
   */
  long[] limitsBefore(int place) {
    Arrays.fill(limits, Shaper.NEVER);
    for (int i = head + place; i < head + count; i++) {
      int c = trafficClass[i];
      limits[c] = Math.min(limits[c], launchTimeNs[i]);
    }
    return limits;
  }

  void add(int number, long start, long duration, long launchTime, int frameClass) {
    if (head + count == startNs.length) {
      move(head, 0, count);
      head = 0;
    }
    int place = firstAfter(start);
    move(head + place, head + place + 1, count - place);
    count++;
    int at = head + place;
    startNs[at] = start;
    endNs[at] = start + duration;
    launchTimeNs[at] = launchTime;
    frame[at] = number;
    trafficClass[at] = (byte) frameClass;
  }

  void remove(int number) {
    int place = 0;
    while (place < count && frame[head + place] != number) {
      place++;
    }
    assert place < count : "frame " + number + " is not committed";
    int behind = count - place - 1;
    if (place <= behind) {
      move(head, head + 1, place);
      head++;
    } else {
      move(head + place + 1, head + place, behind);
    }
    count--;
  }

  private void move(int from, int to, int entries) {
    if (entries > 0) {
      System.arraycopy(startNs, from, startNs, to, entries);
      System.arraycopy(endNs, from, endNs, to, entries);
      System.arraycopy(launchTimeNs, from, launchTimeNs, to, entries);
      System.arraycopy(frame, from, frame, to, entries);
      System.arraycopy(trafficClass, from, trafficClass, to, entries);
    }
  }
}
