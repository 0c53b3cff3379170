package org.ktsn.api.stack;

/**
 * A stack's answer: the frame's shape. One mutable object, owned by the planner and filled by
 * {@link NetworkStack#encode}; planner thread only.
 */
public final class EncodedFrame {
  /** The length of the Ethernet frame in octets, without the FCS. */
  public int lengthOctets;

  /** The octets before the MAC payload: 14, or 18 with a tag. */
  public int headerOctets;

  /** The priority code point that the frame carries or, untagged, would carry: 0 to 7. */
  public int pcp;
}
