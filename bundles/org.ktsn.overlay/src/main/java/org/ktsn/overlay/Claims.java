package org.ktsn.overlay;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.ktsn.api.pod.MacAddress;

/** Who has which address: the first one who says so. One thread. */
final class Claims {
  private final Map<String, String> nodes = new HashMap<>();
  private final Map<InetAddress, String> tunnels = new HashMap<>();
  private final Map<MacAddress, String> macs = new HashMap<>();
  private final Map<InetAddress, String> addresses = new HashMap<>();

  /** Claims a node's name; returns who has it already. */
  Optional<String> node(String name) {
    return claim(nodes, name, "another node");
  }

  /** Claims a tunnel's end; returns the node that has it already. */
  Optional<String> tunnel(InetAddress tunnel, String node) {
    return claim(tunnels, tunnel, node);
  }

  /** Claims a MAC address; returns who has it already. */
  Optional<String> mac(MacAddress mac, String pod) {
    return claim(macs, mac, pod);
  }

  /** Claims an IP address of the pods' network; returns who has it already. */
  Optional<String> address(InetAddress address, String pod) {
    return claim(addresses, address, pod);
  }

  private static <T> Optional<String> claim(Map<T, String> owners, T what, String claimant) {
    return Optional.ofNullable(owners.putIfAbsent(what, claimant));
  }
}
