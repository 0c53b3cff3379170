package org.ktsn.cli.bench;

import org.ktsn.api.frame.Frames;

/** A table of frames of 300 octets, without the frames. */
final class QueuedFrames implements Frames {
  private static final int OCTETS = 300;
  private static final int HEADER_OCTETS = 14;

  private final long[] launchTimeNs;
  private final byte[] trafficClass;
  private final long[] arrival;
  private long arrivals;

  QueuedFrames(int capacity) {
    launchTimeNs = new long[capacity];
    trafficClass = new byte[capacity];
    arrival = new long[capacity];
  }

  /** A frame comes: its row is written anew. */
  void arrive(int frame, long launchNs, int ofClass) {
    launchTimeNs[frame] = launchNs;
    trafficClass[frame] = (byte) ofClass;
    arrival[frame] = arrivals++;
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
    return 0;
  }

  @Override
  public int trafficClass(int frame) {
    return trafficClass[frame];
  }

  @Override
  public int lengthOctets(int frame) {
    return OCTETS;
  }

  @Override
  public int sduOctets(int frame) {
    return OCTETS - HEADER_OCTETS;
  }

  @Override
  public long arrival(int frame) {
    return arrival[frame];
  }

  @Override
  public boolean deadlineMode(int frame) {
    return false;
  }
}
