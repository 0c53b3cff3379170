package org.ktsn.filter.psfp.line;

import java.net.InetAddress;
import java.util.Optional;
import org.ktsn.filter.psfp.model.HeaderMatch;
import org.ktsn.filter.psfp.model.IpMatch;
import org.ktsn.filter.psfp.model.StreamIdentity;

/**
 * A stream identity in a form that is quick to compare (IEEE 802.1CB-2017 6.4 to 6.7). Its pod was
 * seen to before. Immutable.
 */
final class StreamMatch {
  private static final int ANY = -1;

  private final int trafficClass;
  private final long destinationMac;
  private final long sourceMac;
  private final HeaderMatch.Tagged tagged;
  private final int vlan;
  private final boolean ip;
  private final boolean anySource;
  private final long sourceHigh;
  private final long sourceLow;
  private final boolean anyDestination;
  private final long destinationHigh;
  private final long destinationLow;
  private final int dscp;
  private final int protocol;
  private final int sourcePort;
  private final int destinationPort;

  StreamMatch(StreamIdentity identity) {
    HeaderMatch header = identity.header();
    trafficClass = identity.trafficClass().orElse(ANY);
    destinationMac = header.destinationMac().orElse(ANY);
    sourceMac = header.sourceMac().orElse(ANY);
    tagged = header.tagged();
    vlan = header.vlan().orElse(ANY);
    ip = header.ip().isPresent();
    Optional<InetAddress> source = header.ip().flatMap(IpMatch::source);
    anySource = source.isEmpty();
    sourceHigh = source.map(address -> half(address, 0)).orElse(0L);
    sourceLow = source.map(address -> half(address, 8)).orElse(0L);
    Optional<InetAddress> destination = header.ip().flatMap(IpMatch::destination);
    anyDestination = destination.isEmpty();
    destinationHigh = destination.map(address -> half(address, 0)).orElse(0L);
    destinationLow = destination.map(address -> half(address, 8)).orElse(0L);
    dscp = header.ip().map(match -> match.dscp().orElse(ANY)).orElse(ANY);
    protocol = header.ip().map(match -> match.nextProtocol().orElse(ANY)).orElse(ANY);
    sourcePort = header.ip().map(match -> match.sourcePort().orElse(ANY)).orElse(ANY);
    destinationPort = header.ip().map(match -> match.destinationPort().orElse(ANY)).orElse(ANY);
  }

  boolean matches(FrameHeader frame, int frameClass) {
    return is(trafficClass, frameClass)
        && (destinationMac == ANY || destinationMac == frame.destinationMac)
        && (sourceMac == ANY || sourceMac == frame.sourceMac)
        && isTagged(frame)
        && is(vlan, frame.vlan)
        && (!ip || matchesIp(frame));
  }

  private boolean isTagged(FrameHeader frame) {
    return switch (tagged) {
      case ALL -> true;
      case TAGGED -> frame.vlan != 0;
      case PRIORITY -> frame.vlan == 0;
    };
  }

  private boolean matchesIp(FrameHeader frame) {
    return frame.ip
        && is(dscp, frame.dscp)
        && is(protocol, frame.protocol)
        && is(sourcePort, frame.sourcePort)
        && is(destinationPort, frame.destinationPort)
        && (anySource || (sourceHigh == frame.sourceHigh && sourceLow == frame.sourceLow))
        && (anyDestination
            || (destinationHigh == frame.destinationHigh
                && destinationLow == frame.destinationLow));
  }

  private static boolean is(int wanted, int there) {
    return wanted == ANY || wanted == there;
  }

  /** Eight octets of an address as one of IPv6; IPv4's are mapped. */
  private static long half(InetAddress address, int from) {
    byte[] octets = address.getAddress();
    if (octets.length == 4) {
      return from == 0 ? FrameHeader.MAPPED_HIGH : FrameHeader.MAPPED_PREFIX | octets(octets, 0, 4);
    }
    return octets(octets, from, 8);
  }

  private static long octets(byte[] octets, int from, int count) {
    long value = 0;
    for (int i = from; i < from + count; i++) {
      value = value << 8 | (octets[i] & 0xff);
    }
    return value;
  }
}
