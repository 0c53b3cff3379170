package org.ktsn.shaper.tas;

import org.ktsn.api.frame.Frames;

/** A table of frames for tests: numbers are given in order of arrival. */
final class FrameTable implements Frames {
  private static final int HEADER_OCTETS = 14;

  private final long[] launchTimeNs;
  private final int[] trafficClass;
  private final int[] lengthOctets;
  private final boolean[] deadlineMode;
  private int size;

  FrameTable(int capacity) {
    launchTimeNs = new long[capacity];
    trafficClass = new int[capacity];
    lengthOctets = new int[capacity];
    deadlineMode = new boolean[capacity];
  }

  int add(int trafficClass, long launchTimeNs, int lengthOctets) {
    return add(trafficClass, launchTimeNs, lengthOctets, false);
  }

  int add(int trafficClass, long launchTimeNs, int lengthOctets, boolean deadlineMode) {
    this.trafficClass[size] = trafficClass;
    this.launchTimeNs[size] = launchTimeNs;
    this.lengthOctets[size] = lengthOctets;
    this.deadlineMode[size] = deadlineMode;
    return size++;
  }

  int size() {
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
