package org.ktsn.overlay;

import java.net.InetAddress;
import java.util.Optional;
import java.util.regex.Pattern;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.yang.Problems;
import org.ktsn.yang.YangNode;
import org.ktsn.yang.YangObject;

/**
 * Reads the values of which descriptions and announcements consist. What is wrong is a problem at
 * its place, and stands with a value that nobody has meanwhile.
 */
final class Values {
  static final InetAddress NO_ADDRESS = InetAddress.ofLiteral("0.0.0.0");
  static final MacAddress NO_MAC = new MacAddress(0);

  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}");
  private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
  private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");
  private static final long GROUP_BIT = 1L << 40;

  private Values() {}

  /** Tells whether a text is a name. */
  static boolean isName(String text) {
    return NAME.matcher(text).matches();
  }

  /** Reads a required name. */
  static String name(YangObject object, String member) {
    Optional<YangNode> node = object.required(member);
    String name = node.flatMap(YangNode::string).orElse("");
    if (node.isPresent() && !isName(name)) {
      node.get()
          .problem(
              "is '"
                  + Problems.shown(name)
                  + "'; use 1 to 63 letters, digits, '.', '_' or '-', beginning with a letter or"
                  + " digit");
      return "";
    }
    return name;
  }

  /** Reads the MAC address of one station. */
  static MacAddress mac(YangNode node) {
    String text = node.string().orElse("");
    try {
      MacAddress mac = MacAddress.parse(text);
      if ((mac.value() & GROUP_BIT) == 0 && mac.value() != 0) {
        return mac;
      }
    } catch (IllegalArgumentException e) {
      // Said below.
    }
    node.problem(
        "is '"
            + Problems.shown(text)
            + "', not the MAC address of one station; write it as 02:00:5e:10:00:01");
    return NO_MAC;
  }

  /** Reads the address of one host. */
  static InetAddress address(YangNode node) {
    String text = node.string().orElse("");
    Optional<InetAddress> address = literal(text);
    if (address.isPresent()
        && !address.get().isAnyLocalAddress()
        && !address.get().isMulticastAddress()
        && !address.get().isLoopbackAddress()
        && !text.equals("255.255.255.255")) {
      return address.get();
    }
    node.problem(
        "is '"
            + Problems.shown(text)
            + "', not the IP address of one host; write it as 10.77.0.2 or fd77::2");
    return NO_ADDRESS;
  }

  /** Reads an address, of a host or not; no name is looked up. */
  static Optional<InetAddress> literal(String text) {
    try {
      if (IPV4.matcher(text).matches() || IPV6.matcher(text).matches()) {
        return Optional.of(InetAddress.ofLiteral(text));
      }
    } catch (IllegalArgumentException e) {
      // It is none.
    }
    return Optional.empty();
  }
}
