package org.ktsn.stack.packet;

import java.util.BitSet;
import java.util.Locale;

/**
 * The protocols that pods may send at layer 2, by their ethertypes (IEEE 802.3 3.2.6). A frame with
 * a length instead of a type (LLC, IEEE 802.2) is asked for as {@link #LLC}. Immutable.
 */
final class EtherTypes {
  static final int LLC = 0;
  static final int IPV4 = 0x0800;
  static final int ARP = 0x0806;
  static final int IPV6 = 0x86dd;
  static final int C_TAG = 0x8100;
  static final int S_TAG = 0x88a8;

  /** The least value that is a type. */
  static final int LEAST = 0x0600;

  private static final int GREATEST = 0xffff;

  private final BitSet allowed;

  private EtherTypes(BitSet allowed) {
    this.allowed = allowed;
  }

  /**
   * Reads {@code any}, or a list such as {@code 0x22f0,0x8892,llc}.
   *
   * @throws IllegalArgumentException if it is anything else, with the remedy
   */
  static EtherTypes parse(String text) {
    BitSet allowed = new BitSet(GREATEST + 1);
    if (text.strip().equals("any")) {
      allowed.set(LLC);
      allowed.set(LEAST, GREATEST + 1);
    } else {
      for (String word : text.strip().split("[,\\s]+", -1)) {
        allowed.set(parseOne(word.toLowerCase(Locale.ROOT)));
      }
    }
    allowed.clear(ARP);
    return new EtherTypes(allowed);
  }

  private static int parseOne(String word) {
    if (word.equals("llc")) {
      return LLC;
    }
    int type = word.matches("0x[0-9a-f]{1,4}") ? Integer.parseInt(word.substring(2), 16) : -1;
    if (type < LEAST) {
      throw new IllegalArgumentException(
          "ethertypes has '"
              + word
              + "'; give any, or some of 0x0600 to 0xffff and llc, for instance 0x22f0,0x8892");
    }
    if (type == ARP || isTag(type)) {
      throw new IllegalArgumentException(
          "ethertypes has '"
              + word
              + "', which is "
              + (type == ARP ? "ARP and the pods' kernels' own" : "a tag that is looked through")
              + "; leave it out");
    }
    return type;
  }

  /** Tells whether a type is that of a VLAN tag (IEEE 802.1Q-2022 9.4). */
  static boolean isTag(int type) {
    return type == C_TAG || type == S_TAG;
  }

  /** Tells whether frames of a type may be sent, as far as this list goes. */
  boolean allows(int type) {
    return allowed.get(type);
  }
}
