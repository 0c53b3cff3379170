package org.ktsn.api.port;

/**
 * What a shaper must know of the link: its rate, and what each frame costs there beside its own
 * octets.
 *
 * @param rateBitsPerSecond the rate of the physical link, 1 kb/s to 1 Tb/s
 * @param overheadOctets what is added to a frame between here and the link, for instance 50 for
 *     VXLAN over IPv4; 0 if nothing
 */
public record PortModel(long rateBitsPerSecond, int overheadOctets) {
  /** Octets on the link around each frame: FCS 4, preamble and SFD 8, inter-frame gap 12. */
  public static final int LINK_OCTETS = 24;

  /** The smallest frame on the link in octets, without the FCS. */
  public static final int MIN_FRAME_OCTETS = 60;

  private static final long MIN_RATE = 1_000L;
  private static final long MAX_RATE = 1_000_000_000_000L;
  private static final long BIT_NANOSECONDS_PER_OCTET = 8_000_000_000L;

  /** Checks the ranges. */
  public PortModel {
    if (rateBitsPerSecond < MIN_RATE || rateBitsPerSecond > MAX_RATE) {
      throw new IllegalArgumentException(
          "port rate is "
              + rateBitsPerSecond
              + " bit/s; give a rate from "
              + MIN_RATE
              + " to "
              + MAX_RATE);
    }
    if (overheadOctets < 0 || overheadOctets > 1024) {
      throw new IllegalArgumentException(
          "port overhead is " + overheadOctets + " octets; give 0 to 1024");
    }
  }

  /**
   * Returns what a frame takes of the link, in octets: frame, overhead, FCS, preamble and gap.
   *
   * @param lengthOctets the Ethernet frame without the FCS, 0 to 65,535 octets
   */
  public long linkOctets(int lengthOctets) {
    return Math.max(MIN_FRAME_OCTETS, lengthOctets) + (long) overheadOctets + LINK_OCTETS;
  }

  /**
   * Returns how long a frame occupies the link, in nanoseconds, rounded up; see {@link
   * #linkOctets}.
   *
   * @param lengthOctets the Ethernet frame without the FCS, 0 to 65,535 octets
   */
  public long durationNs(int lengthOctets) {
    return Math.ceilDiv(linkOctets(lengthOctets) * BIT_NANOSECONDS_PER_OCTET, rateBitsPerSecond);
  }
}
