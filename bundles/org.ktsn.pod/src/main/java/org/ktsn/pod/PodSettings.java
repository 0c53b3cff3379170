package org.ktsn.pod;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;

/**
 * The service's settings, checked.
 *
 * @param instance the instance's name; what the service makes carries it
 * @param runDirectory the instance's run directory
 * @param subnet the overlay's subnet
 * @param ipv6Subnet its IPv6 subnet; empty: pods have no IPv6 address but that of the link
 * @param mtu the MTU of the pods' interfaces, in octets
 * @param homeNamespace the network namespace in which the switch's end of a pod's veth pair
 *     belongs; empty for the one that KTSNd runs in
 */
record PodSettings(
    String instance,
    Path runDirectory,
    Subnet subnet,
    Optional<Subnet> ipv6Subnet,
    int mtu,
    Optional<Path> homeNamespace) {
  /** The smallest MTU that IPv4 allows for. */
  static final int MTU_MIN = 576;

  /** The smallest MTU of a link on which there is IPv6 (RFC 8200 5). */
  static final int IPV6_MTU_MIN = 1280;

  /** The length of a Unix socket's path, at most. */
  static final int LONGEST_SOCKET_PATH = 107;

  private static final int DIGEST_OCTETS = 16;

  PodSettings {
    if (!instance.matches("[a-z0-9]{1,8}")) {
      throw new IllegalArgumentException(
          "'" + instance + "' is not an instance's name; use 1 to 8 lower-case letters or digits");
    }
    if (mtu < MTU_MIN || mtu > 9216) {
      throw new IllegalArgumentException("the MTU " + mtu + " is not in 576..9216");
    }
    if (subnet.isIpv6() || (ipv6Subnet.isPresent() && !ipv6Subnet.get().isIpv6())) {
      throw new IllegalArgumentException(
          "'subnet' is "
              + subnet
              + ipv6Subnet.map(ipv6 -> " and 'subnet.ipv6' is " + ipv6).orElse("")
              + "; the one is of IPv4, the other of IPv6");
    }
    if (ipv6Subnet.isPresent() && mtu < IPV6_MTU_MIN) {
      throw new IllegalArgumentException(
          "the MTU " + mtu + " is too small for IPv6, which needs 1280; leave out 'subnet.ipv6'");
    }
  }

  /** An overlay without IPv6. */
  PodSettings(
      String instance, Path runDirectory, Subnet subnet, int mtu, Optional<Path> homeNamespace) {
    this(instance, runDirectory, subnet, Optional.empty(), mtu, homeNamespace);
  }

  Path stateDirectory() {
    return runDirectory.resolve("state").resolve("pods");
  }

  /** The socket of a pod's channel. */
  Path channelSocket(String pod) {
    Path socket = channelSocketIn(pod);
    int excess = octets(socket) - LONGEST_SOCKET_PATH;
    if (excess <= 0) {
      return socket;
    }
    // A character that no pod's name has, so that it is no other pod's folder.
    String digest = "+" + digest(pod);
    int kept = Math.max(0, pod.length() - excess - digest.length());
    return channelSocketIn(pod.substring(0, kept) + digest);
  }

  private Path channelSocketIn(String folder) {
    return runDirectory.resolve("pods").resolve(folder).resolve("app.sock");
  }

  /** How long a path is for the kernel. */
  static int octets(Path path) {
    return path.toString().getBytes(StandardCharsets.UTF_8).length;
  }

  private static String digest(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, DIGEST_OCTETS);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no SHA-256", e);
    }
  }

  /**
   * How many names there are for switch ports: with the longest instance's name they fit an
   * interface.
   */
  static final int SWITCH_PORTS = 100_000;

  /**
   * The name of the switch's end of a pod's veth pair.
   *
   * @param number any, 0 to {@link #SWITCH_PORTS} - 1
   */
  String switchPort(int number) {
    return "v" + number + "-" + instance;
  }

  /** Tells whether an interface has a name that {@link #switchPort} gives. */
  boolean isSwitchPort(String interfaceName) {
    return interfaceName.matches("v\\d+-" + instance);
  }

  /** The namespace that is made for a pod which brings none. */
  Path ownNamespace(String pod) {
    return NetworkCommands.NAMESPACES.resolve(instance + "-" + pod);
  }
}
