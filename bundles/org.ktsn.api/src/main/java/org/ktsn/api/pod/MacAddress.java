package org.ktsn.api.pod;

/**
 * An Ethernet address.
 *
 * @param value the 48 bits; the first octet on the wire is the most significant one
 */
public record MacAddress(long value) {
  /** Checks the range. */
  public MacAddress {
    if (value >>> 48 != 0) {
      throw new IllegalArgumentException(
          "MAC address 0x" + Long.toHexString(value) + " has more than 48 bits");
    }
  }

  /** Reads the usual notation, {@code 02:00:5e:10:00:01}. */
  public static MacAddress parse(String text) {
    if (!text.matches("[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}")) {
      throw new IllegalArgumentException(
          "'" + text + "' is not a MAC address; write it as 02:00:5e:10:00:01");
    }
    return new MacAddress(Long.parseLong(text.replace(":", ""), 16));
  }

  /**
   * Returns the identifier that an interface makes of this address: the last 64 bits of its IPv6
   * addresses, for instance of that of the link, {@code fe80::/64} (RFC 4291 appendix A).
   */
  public long interfaceIdentifier() {
    long universal = (value >>> 24) << 40 | 0xff_fe00_0000L | (value & 0xff_ffffL);
    return universal ^ 1L << 57;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(17);
    for (int shift = 40; shift >= 0; shift -= 8) {
      int octet = (int) (value >>> shift) & 0xff;
      text.append(Character.forDigit(octet >> 4, 16)).append(Character.forDigit(octet & 0xf, 16));
      if (shift > 0) {
        text.append(':');
      }
    }
    return text.toString();
  }
}
