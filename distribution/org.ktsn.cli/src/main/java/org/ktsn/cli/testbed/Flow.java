package org.ktsn.cli.testbed;

import org.ktsn.cli.CommandFailure;

/**
 * What a talker sends.
 *
 * @param frames how many datagrams
 * @param size the payload of each in octets; the least one if sizes are mixed
 * @param maxSize the greatest payload; {@code size} if all are alike
 * @param periodNs the time from one launch to the next
 * @param leadNs how long before its launch each is sent
 * @param burstNs how long the talker sleeps between bursts; 0 if it wakes up for each
 * @param priority the socket's priority, 0 to 7
 * @param path which way they take
 * @param realTime whether talker and listener run at a real-time priority
 */
public record Flow(
    int frames,
    int size,
    int maxSize,
    long periodNs,
    long leadNs,
    long burstNs,
    int priority,
    DataPath path,
    boolean realTime) {
  /** The least payload: the talker's mark. */
  public static final int MIN_SIZE = 16;

  /** The greatest payload that fits the overlay's MTU of 1500 octets. */
  public static final int MAX_SIZE = 1472;

  private static final int HEADER_OCTETS = 14 + 20 + 8;

  /** Which way the datagrams take. */
  public enum DataPath {
    /** With launch times, through KTSNd. */
    KTSN,
    /** The same, and the talker asks what became of each, and reads it. */
    KTSN_REPORTS,
    /** The same as the first over IPv6. */
    KTSN_IPV6,
    /** The same as the first, as frames of a packet socket with headers of the talker's. */
    KTSN_FRAMES,
    /** Sent by a sleeping loop, through the kernel's stack. */
    KERNEL,
    /** Sent by a loop that spins until the instant, through the kernel's stack. */
    KERNEL_SPINNING;

    /** Tells whether KTSNd launches them. */
    public boolean isLaunched() {
      return this != KERNEL && this != KERNEL_SPINNING;
    }
  }

  /** Checks the ranges. */
  public Flow {
    require(frames >= 1 && frames <= 5_000_000, "--frames", frames, "1 to 5000000");
    require(size >= MIN_SIZE && size <= MAX_SIZE, "--size", size, MIN_SIZE + " to " + MAX_SIZE);
    require(
        maxSize >= size && maxSize <= MAX_SIZE, "--size-max", maxSize, size + " to " + MAX_SIZE);
    require(
        periodNs >= 10_000 && periodNs <= 1_000_000_000L,
        "--period-us",
        periodNs / 1000,
        "10 to 1000000");
    require(leadNs >= 0 && leadNs <= 1_000_000_000L, "--lead-us", leadNs / 1000, "0 to 1000000");
    require(
        burstNs >= 0 && burstNs <= 1_000_000_000L, "--burst-us", burstNs / 1000, "0 to 1000000");
    require(priority >= 0 && priority <= 7, "--priority", priority, "0 to 7");
  }

  /** Makes a flow of datagrams that are all of one size. */
  public Flow(
      int frames,
      int size,
      long periodNs,
      long leadNs,
      int priority,
      DataPath path,
      boolean realTime) {
    this(frames, size, size, periodNs, leadNs, 0, priority, path, realTime);
  }

  /** Returns the length of the largest Ethernet frames, without a tag and without the FCS. */
  public int frameOctets() {
    return maxSize + HEADER_OCTETS;
  }

  /** Returns the length of one of the Ethernet frames, without a tag and without the FCS. */
  public int frameOctets(int sequence) {
    return sizeOf(sequence) + HEADER_OCTETS;
  }

  /**
   * Returns the payload of one of the datagrams: from {@code size} to {@code maxSize}, as the
   * talker computes it, by the last steps of MurmurHash3 (32 bits).
   */
  public int sizeOf(int sequence) {
    int mixed = (sequence ^ sequence >>> 16) * 0x85ebca6b;
    mixed = (mixed ^ mixed >>> 13) * 0xc2b2ae35;
    mixed ^= mixed >>> 16;
    return size + Integer.remainderUnsigned(mixed, maxSize - size + 1);
  }

  /**
   * Returns the traffic class of the priority at a port with eight classes (IEEE 802.1Q-2022 Table
   * 8-5): priority 1, background, stands below priority 0.
   */
  public int trafficClass() {
    return priority < 2 ? 1 - priority : priority;
  }

  /** Returns how long the flow takes from its first launch to its last. */
  public long lengthNs() {
    return frames * periodNs;
  }

  private static void require(boolean good, String option, long value, String range) {
    if (!good) {
      throw new CommandFailure(option + " " + value + " is out of range: give " + range + ".");
    }
  }
}
