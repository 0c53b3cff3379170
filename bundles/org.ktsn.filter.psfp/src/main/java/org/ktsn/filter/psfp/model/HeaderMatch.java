package org.ktsn.filter.psfp.model;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What a frame's header must be (IEEE 802.1CB-2017 6.4 to 6.7); empty is anything.
 *
 * @param method the stream identification function that says it
 * @param destinationMac 48 bits
 * @param sourceMac 48 bits
 * @param tagged whether there must be a VLAN tag
 * @param vlan the VLAN identifier, 0 to 4094; 0 is a frame without tag or with a priority tag
 * @param ip the IP header
 */
public record HeaderMatch(
    Method method,
    OptionalLong destinationMac,
    OptionalLong sourceMac,
    Tagged tagged,
    OptionalInt vlan,
    Optional<IpMatch> ip) {

  /** Any frame. */
  public static final HeaderMatch ANY =
      new HeaderMatch(
          Method.NONE,
          OptionalLong.empty(),
          OptionalLong.empty(),
          Tagged.ALL,
          OptionalInt.empty(),
          Optional.empty());

  /** A stream identification function; its name is that of the YANG container. */
  public enum Method {
    /** The header does not matter. */
    NONE(""),
    /** Destination address and VLAN. */
    NULL("null-stream-identification"),
    /** Source address and VLAN. */
    SOURCE_MAC_VLAN("smac-vlan-stream-identification"),
    /** IP addresses, ports and what else is in these headers. */
    IP("ip-stream-identification");

    private final String container;

    Method(String container) {
      this.container = container;
    }

    /** Returns the name of the YANG container, without its module. */
    public String container() {
      return container;
    }
  }

  /** Whether a frame must have a VLAN tag. */
  public enum Tagged {
    /** It must have one, with an identifier other than 0. */
    TAGGED,
    /** It must have none, or a priority tag. */
    PRIORITY,
    /** It does not matter. */
    ALL
  }
}
