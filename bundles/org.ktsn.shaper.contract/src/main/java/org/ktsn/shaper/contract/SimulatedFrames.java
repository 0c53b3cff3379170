package org.ktsn.shaper.contract;

import org.ktsn.api.frame.Frames;

/** A table of frames for tests: numbers are given in order of arrival, from 0 on. */
public final class SimulatedFrames implements Frames {
  private static final int HEADER_OCTETS = 14;

  private final long[] launchTimeNs;
  private final int[] pod;
  private final int[] trafficClass;
  private final int[] lengthOctets;
  private final boolean[] deadlineMode;
  private int size;

  /** Makes an empty table with room for a number of frames. */
  public SimulatedFrames(int capacity) {
    launchTimeNs = new long[capacity];
    pod = new int[capacity];
    trafficClass = new int[capacity];
    lengthOctets = new int[capacity];
    deadlineMode = new boolean[capacity];
  }

  /** Adds a frame in strict mode; returns its number. */
  public int add(int trafficClass, long launchTimeNs, int lengthOctets) {
    return add(trafficClass, launchTimeNs, lengthOctets, false);
  }

  /** Adds a frame; returns its number. */
  public int add(int trafficClass, long launchTimeNs, int lengthOctets, boolean deadlineMode) {
    put(size, trafficClass, launchTimeNs, lengthOctets, deadlineMode);
    return size++;
  }

  /** Writes a frame under a number of the caller's choice; {@link #size} does not count it. */
  public void put(
      int frame, int trafficClass, long launchTimeNs, int lengthOctets, boolean deadlineMode) {
    this.trafficClass[frame] = trafficClass;
    this.launchTimeNs[frame] = launchTimeNs;
    this.lengthOctets[frame] = lengthOctets;
    this.deadlineMode[frame] = deadlineMode;
  }

  /** Says which pod a frame is from; those of which nothing is said are from pod 0. */
  public void from(int frame, int podNumber) {
    pod[frame] = podNumber;
  }

  /** Returns how many frames were added. */
  public int size() {
    return size;
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
  public int pod(int frame) {
    return pod[frame];
  }

  @Override
  public int trafficClass(int frame) {
    return trafficClass[frame];
  }

  @Override
  public int lengthOctets(int frame) {
    return lengthOctets[frame];
  }

  @Override
  public int sduOctets(int frame) {
    return lengthOctets[frame] - HEADER_OCTETS;
  }

  @Override
  public long arrival(int frame) {
    return frame;
  }

  @Override
  public boolean deadlineMode(int frame) {
    return deadlineMode[frame];
  }
}
