package org.ktsn.binder.ovs;

import java.net.Inet6Address;
import java.net.InetAddress;

/**
 * Fields of a frame, or of what the switch knows of it, by their headers in OpenFlow (ONF TS-012
 * 7.2.3.2, nicira-ext.h):
 *
 * <pre>
 *   0 class, 16 bits  2 field, 7 bits; has a mask, 1 bit  3 octets of the value
 * </pre>
 */
final class Field {
  static final int CLASS_BASIC = 0x8000;
  private static final int CLASS_NICIRA = 1;

  static final int ETHERNET_DESTINATION = basic(3, 6);
  static final int ETHERNET_SOURCE = basic(4, 6);
  static final int ARP_OPERATION = basic(21, 2);
  static final int ARP_SENDER_ADDRESS = basic(22, 4);
  static final int ARP_TARGET_ADDRESS = basic(23, 4);
  static final int ARP_SENDER_MAC = basic(24, 6);
  static final int ARP_TARGET_MAC = basic(25, 6);
  static final int TUNNEL_ID = basic(38, 8);

  private Field() {}

  /** Returns the field for the address from which a frame came through a tunnel. */
  static int tunnelSource(InetAddress address) {
    return address instanceof Inet6Address ? nicira(109, 16) : nicira(31, 4);
  }

  /** Returns the field for the address to which a frame goes through a tunnel. */
  static int tunnelDestination(InetAddress address) {
    return address instanceof Inet6Address ? nicira(110, 16) : nicira(32, 4);
  }

  /** Returns how many octets a field's value has. */
  static int octets(int header) {
    return header & 0xff;
  }

  private static int basic(int field, int octets) {
    return CLASS_BASIC << 16 | field << 9 | octets;
  }

  private static int nicira(int field, int octets) {
    return CLASS_NICIRA << 16 | field << 9 | octets;
  }
}
