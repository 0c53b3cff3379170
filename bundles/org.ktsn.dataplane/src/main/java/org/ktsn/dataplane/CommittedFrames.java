package org.ktsn.dataplane;

import java.util.Arrays;
import org.ktsn.api.shaper.Shaper;

/**
 * The frames that are with the launcher, in the order of their instants: where the link is taken,
 * and where it still has gaps. Planner thread only.
 */
final class CommittedFrames {
  private final long[] startNs;
  private final long[] endNs;
  private final long[] launchTimeNs;
  private final int[] frame;
  private final byte[] trafficClass;
  private final long[] limits = new long[8];
  private int count;

  CommittedFrames(int capacity) {
    startNs = new long[capacity];
    endNs = new long[capacity];
    launchTimeNs = new long[capacity];
    frame = new int[capacity];
    trafficClass = new byte[capacity];
  }

  int count() {
    return count;
  }

  long startNs(int place) {
    return startNs[place];
  }

  long endNs(int place) {
    return endNs[place];
  }

  /** Returns when the last frame's last octet leaves; {@link Long#MIN_VALUE} if there is none. */
  long lastEndNs() {
    return count == 0 ? Long.MIN_VALUE : endNs[count - 1];
  }

  /** Returns the latest instant, {@link Long#MIN_VALUE} if there is none. */
  long lastStartNs() {
    return count == 0 ? Long.MIN_VALUE : startNs[count - 1];
  }

  /**
   * Returns, for the gap before a place, which launch times of each class would overtake a frame of
   * the same class behind the gap. The array is used again by the next call.
   */
  long[] limitsBefore(int place) {
    Arrays.fill(limits, Shaper.NEVER);
    for (int i = place; i < count; i++) {
      int c = trafficClass[i];
      limits[c] = Math.min(limits[c], launchTimeNs[i]);
    }
    return limits;
  }

  void add(int number, long start, long duration, long launchTime, int frameClass) {
    int place = count++;
    while (place > 0 && startNs[place - 1] > start) {
      startNs[place] = startNs[place - 1];
      endNs[place] = endNs[place - 1];
      launchTimeNs[place] = launchTimeNs[place - 1];
      frame[place] = frame[place - 1];
      trafficClass[place] = trafficClass[place - 1];
      place--;
    }
    startNs[place] = start;
    endNs[place] = start + duration;
    launchTimeNs[place] = launchTime;
    frame[place] = number;
    trafficClass[place] = (byte) frameClass;
  }

  void remove(int number) {
    int place = 0;
    while (place < count && frame[place] != number) {
      place++;
    }
    assert place < count : "frame " + number + " is not committed";
    int rest = count - place - 1;
    System.arraycopy(startNs, place + 1, startNs, place, rest);
    System.arraycopy(endNs, place + 1, endNs, place, rest);
    System.arraycopy(launchTimeNs, place + 1, launchTimeNs, place, rest);
    System.arraycopy(frame, place + 1, frame, place, rest);
    System.arraycopy(trafficClass, place + 1, trafficClass, place, rest);
    count--;
  }
}
