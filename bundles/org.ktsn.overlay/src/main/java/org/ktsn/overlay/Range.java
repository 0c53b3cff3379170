package org.ktsn.overlay;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ktsn.yang.Problems;
import org.ktsn.yang.YangNode;

/**
 * A subnet.
 *
 * @param first its first address
 * @param prefixLength how many bits its addresses have in common
 */
record Range(InetAddress first, int prefixLength) {
  private static final Pattern FORM = Pattern.compile("([0-9a-fA-F:.]{2,45})/(\\d{1,3})");

  /** Returns the subnet of an address with its prefix length; empty if the text is none. */
  static Optional<Range> of(String text) {
    Matcher parts = FORM.matcher(text);
    if (!parts.matches()) {
      return Optional.empty();
    }
    int length = Integer.parseInt(parts.group(2));
    return Values.literal(parts.group(1))
        .filter(address -> length <= address.getAddress().length * 8)
        .map(address -> of(address, length));
  }

  /** Reads one that somebody else wrote. */
  static Optional<Range> read(YangNode node) {
    String text = node.string().orElse("");
    Optional<Range> range = of(text);
    if (range.isEmpty()) {
      node.problem("is '" + Problems.shown(text) + "', no subnet; write it as 10.77.0.0/16");
    }
    return range;
  }

  /** Returns the subnet of an address that has at least as many bits. */
  static Range of(InetAddress address, int prefixLength) {
    return new Range(masked(address, prefixLength), prefixLength);
  }

  /** Returns it as it is written. */
  @Override
  public String toString() {
    return first.getHostAddress() + "/" + prefixLength;
  }

  private static InetAddress masked(InetAddress address, int length) {
    byte[] octets = address.getAddress();
    for (int i = 0; i < octets.length; i++) {
      int kept = Math.clamp(length - i * 8L, 0, 8);
      octets[i] &= (byte) (0xff << (8 - kept));
    }
    try {
      return InetAddress.getByAddress(octets);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("as many octets as an address has are one", e);
    }
  }
}
