package org.ktsn.api.stack;

/**
 * An address family, as the kernel and the channel number them: what a datagram's addresses are,
 * and which {@link NetworkStack} writes its frame.
 *
 * <p>An address of any family is 16 octets in network order, in two {@code long} values: the first
 * octet is the most significant one of the <em>high</em> half, the ninth that of the <em>low</em>
 * half. One that is shorter takes the first octets, and the others are 0.
 *
 * <pre>
 *           high                                     low
 *  INET     a.b.c.d      0    0    0    0            0
 *  INET6    octets 0 to 7                            octets 8 to 15
 *  PACKET   aa:bb:cc:dd:ee:ff           0    0       0
 * </pre>
 *
 * <p>Any thread; nothing allocates but {@link #text}.
 */
public enum AddressFamily {
  /** IPv4 ({@code AF_INET}). */
  INET(2, 4),

  /** IPv6 ({@code AF_INET6}). */
  INET6(10, 16),

  /**
   * Layer 2 ({@code AF_PACKET}): addresses are MAC addresses, there are no ports, and the payload
   * is the frame with its Ethernet header, as a raw packet socket sends it.
   */
  PACKET(17, 6);

  private static final AddressFamily[] BY_NUMBER = new AddressFamily[18];

  static {
    for (AddressFamily family : values()) {
      BY_NUMBER[family.number] = family;
    }
  }

  private final int number;
  private final int addressOctets;
  private final long highMask;
  private final long lowMask;

  AddressFamily(int number, int addressOctets) {
    this.number = number;
    this.addressOctets = addressOctets;
    highMask = addressOctets < 8 ? -1L << (8 * (8 - addressOctets)) : -1L;
    lowMask = addressOctets > 8 ? -1L : 0;
  }

  /** Returns the value of the kernel's {@code AF_} constant; the channel has the same. */
  public int number() {
    return number;
  }

  /** Returns how many octets an address has. */
  public int addressOctets() {
    return addressOctets;
  }

  /** Tells whether there is a family of a number, whatever the number is. */
  public static boolean isKnown(int number) {
    return number >= 0 && number < BY_NUMBER.length && BY_NUMBER[number] != null;
  }

  /**
   * Returns the family of a number.
   *
   * @throws IllegalArgumentException if there is none; see {@link #isKnown}
   */
  public static AddressFamily of(int number) {
    if (!isKnown(number)) {
      throw new IllegalArgumentException(
          "address family " + number + " is none of 2 (INET), 10 (INET6), 17 (PACKET)");
    }
    return BY_NUMBER[number];
  }

  /** Returns the high half of an address, without what lies behind the address. */
  public long high(long sixteenOctetsHigh) {
    return sixteenOctetsHigh & highMask;
  }

  /** Returns the low half of an address, without what lies behind the address. */
  public long low(long sixteenOctetsLow) {
    return sixteenOctetsLow & lowMask;
  }

  /** Returns the high half of an IPv4 address, of which the low half is 0. */
  public static long highOf(int ipv4) {
    return (long) ipv4 << 32;
  }

  /** Returns the IPv4 address of a high half; its first octet is the most significant one. */
  public static int ipv4(long high) {
    return (int) (high >>> 32);
  }

  /**
   * Returns an address as people write it: {@code 10.77.0.2}, {@code 2001:db8::1} (RFC 5952),
   * {@code 02:00:00:00:00:01}.
   */
  public String text(long high, long low) {
    return switch (this) {
      case INET -> AddressText.ipv4(ipv4(high));
      case INET6 -> AddressText.ipv6(high, low);
      case PACKET -> AddressText.mac(high);
    };
  }
}
