package org.ktsn.filter.psfp.yang;

import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;
import org.ktsn.filter.psfp.model.HeaderMatch;
import org.ktsn.filter.psfp.model.IpMatch;
import org.ktsn.filter.psfp.model.StreamIdentity;
import org.ktsn.yang.Problems;
import org.ktsn.yang.YangNode;
import org.ktsn.yang.YangObject;

/**
 * Reads an entry of {@code stream-identity} (IEEE 802.1CBcv-2021), with what KTSN adds: {@code
 * ktsn-psfp:pod} and {@code ktsn-psfp:traffic-class}.
 */
final class StreamReader {
  private static final Set<String> MEMBERS =
      Set.of(
          "index",
          "handle",
          "pod",
          "traffic-class",
          HeaderMatch.Method.NULL.container(),
          HeaderMatch.Method.SOURCE_MAC_VLAN.container(),
          HeaderMatch.Method.IP.container(),
          "dmac-vlan-stream-identification",
          "organization-specific");

  /** What says nothing of the frames. */
  private static final Set<String> KEYS = Set.of("index", "handle");

  /** Ports and directions: there is one port, and frames leave by it. */
  private static final Set<String> STATE = Set.of("in-facing", "out-facing");

  private static final Set<String> NULL_MEMBERS = Set.of("destination-mac", "tagged", "vlan");
  private static final Set<String> SOURCE_MEMBERS = Set.of("source-mac", "tagged", "vlan");
  private static final Set<String> IP_MEMBERS =
      Set.of(
          "destination-mac",
          "tagged",
          "vlan",
          "ip-source",
          "ip-destination",
          "dscp",
          "next-protocol",
          "source-port",
          "destination-port");
  private static final Set<String> TYPE = Set.of("identification-type");

  private static final Map<String, HeaderMatch.Tagged> TAGGED = tagged();

  /** The protocols by name; -1 for any. */
  static final Map<String, Integer> PROTOCOLS = protocols();

  private static final Pattern POD = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}");
  private static final Pattern MAC = Pattern.compile("[0-9a-fA-F]{2}(-[0-9a-fA-F]{2}){5}");

  private static final int MAX_VLAN = 4095;
  private static final int ANY_DSCP = 64;
  private static final int MAX_PORT = 65_535;

  private StreamReader() {}

  static Optional<StreamIdentity> read(YangNode node) {
    YangObject stream = YangNames.MODEL.read(node, MEMBERS, STATE);
    Optional<String> pod = stream.optional("pod").flatMap(StreamReader::pod);
    OptionalInt trafficClass = toInt(stream.number("traffic-class", 0, 7));
    HeaderMatch header = header(stream);
    if (node.isObject() && stream.members().keySet().stream().allMatch(KEYS::contains)) {
      node.problem(
          "does not say which frames; give null-, smac-vlan- or ip-stream-identification, "
              + YangNames.KTSN_MODULE
              + ":pod or "
              + YangNames.KTSN_MODULE
              + ":traffic-class");
    }
    return Optional.of(
        new StreamIdentity(
            stream.requiredNumber("index", 0, YangObject.MAX_UINT32),
            stream.requiredNumber("handle", 0, YangObject.MAX_UINT32),
            pod,
            trafficClass,
            header));
  }

  private static Optional<String> pod(YangNode node) {
    Optional<String> name = node.string();
    if (name.isPresent() && !POD.matcher(name.get()).matches()) {
      node.problem(
          "is \""
              + Problems.shown(name.get())
              + "\"; give a pod's name: 1 to 63 letters, digits, '.', '_' or '-'");
      return Optional.empty();
    }
    return name;
  }

  private static HeaderMatch header(YangObject stream) {
    for (String other : List.of("dmac-vlan-stream-identification", "organization-specific")) {
      stream
          .optional(other)
          .ifPresent(
              member ->
                  member.problem(
                      "is a method that KTSN does not have; give null-, smac-vlan- or"
                          + " ip-stream-identification"));
    }
    HeaderMatch header = HeaderMatch.ANY;
    for (HeaderMatch.Method method : HeaderMatch.Method.values()) {
      Optional<YangNode> container = stream.optional(method.container());
      if (container.isPresent() && header.method() != HeaderMatch.Method.NONE) {
        container.get().problem("is a second method; give each an entry of its own");
      } else if (container.isPresent()) {
        header = header(method, container.get());
      }
    }
    return header;
  }

  private static HeaderMatch header(HeaderMatch.Method method, YangNode node) {
    boolean ip = method == HeaderMatch.Method.IP;
    Set<String> known =
        switch (method) {
          case NULL -> NULL_MEMBERS;
          case SOURCE_MAC_VLAN -> SOURCE_MEMBERS;
          default -> IP_MEMBERS;
        };
    YangObject container = YangNames.MODEL.read(node, known, TYPE);
    OptionalInt vlan = toInt(container.number("vlan", 0, MAX_VLAN));
    if (vlan.isPresent() && vlan.getAsInt() == 0 && !ip) {
      vlan = OptionalInt.empty(); // the identifier is ignored (9.1.2.3, 9.1.3.3)
    }
    return new HeaderMatch(
        method,
        container.optional("destination-mac").map(StreamReader::mac).orElse(OptionalLong.empty()),
        container.optional("source-mac").map(StreamReader::mac).orElse(OptionalLong.empty()),
        container.choice("tagged", TAGGED, HeaderMatch.Tagged.ALL),
        vlan,
        ip ? Optional.of(ip(container)) : Optional.empty());
  }

  private static IpMatch ip(YangObject container) {
    int protocol = container.choice("next-protocol", PROTOCOLS, -1);
    OptionalInt source = unless(0, container.number("source-port", 0, MAX_PORT));
    OptionalInt destination = unless(0, container.number("destination-port", 0, MAX_PORT));
    if (protocol < 0 && (source.isPresent() || destination.isPresent())) {
      container.node().problem("has ports and no next-protocol; give udp, tcp or sctp");
    }
    return new IpMatch(
        container
            .optional("ip-source")
            .flatMap(StreamReader::address)
            .filter(address -> !address.isAnyLocalAddress()),
        container.optional("ip-destination").flatMap(StreamReader::address),
        unless(ANY_DSCP, container.number("dscp", 0, ANY_DSCP)),
        protocol < 0 ? OptionalInt.empty() : OptionalInt.of(protocol),
        source,
        destination);
  }

  private static OptionalLong mac(YangNode node) {
    Optional<String> text = node.string();
    if (text.isEmpty()) {
      return OptionalLong.empty();
    }
    if (!MAC.matcher(text.get()).matches()) {
      node.problem(
          "is \"" + Problems.shown(text.get()) + "\"; give six octets, like 02-00-00-00-00-01");
      return OptionalLong.empty();
    }
    return OptionalLong.of(Long.parseLong(text.get().replace("-", ""), 16));
  }

  private static Optional<InetAddress> address(YangNode node) {
    Optional<String> text = node.string();
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(InetAddress.ofLiteral(text.get()));
    } catch (IllegalArgumentException e) {
      node.problem("is \"" + Problems.shown(text.get()) + "\"; give an IPv4 or IPv6 address");
      return Optional.empty();
    }
  }

  private static OptionalInt unless(long any, OptionalLong number) {
    return number.isPresent() && number.getAsLong() == any ? OptionalInt.empty() : toInt(number);
  }

  private static OptionalInt toInt(OptionalLong number) {
    return number.isPresent() ? OptionalInt.of((int) number.getAsLong()) : OptionalInt.empty();
  }

  private static Map<String, HeaderMatch.Tagged> tagged() {
    Map<String, HeaderMatch.Tagged> map = new LinkedHashMap<>();
    map.put("tagged", HeaderMatch.Tagged.TAGGED);
    map.put("priority", HeaderMatch.Tagged.PRIORITY);
    map.put("all", HeaderMatch.Tagged.ALL);
    return map;
  }

  private static Map<String, Integer> protocols() {
    Map<String, Integer> map = new LinkedHashMap<>();
    map.put("none", -1);
    map.put("udp", 17);
    map.put("tcp", 6);
    map.put("sctp", 132);
    return map;
  }
}
