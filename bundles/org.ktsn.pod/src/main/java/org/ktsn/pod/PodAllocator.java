package org.ktsn.pod;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.pod.PodAssignment;
import org.ktsn.api.pod.PodException;
import org.ktsn.api.pod.PodRequest;

/**
 * Turns a request into a pod: gives it a number, a switch port, a MAC address and an address that
 * no other pod has, and refuses what can't be. Changes nothing on the node. Under the monitor of
 * {@link AttachedPods}.
 */
final class PodAllocator {
  private final PodSettings settings;
  private final AttachedPods pods;
  private final OverlayAddresses addresses;
  private final BeyondNode beyond;
  private int nextSwitchPort;

  PodAllocator(PodSettings settings, AttachedPods pods, BeyondNode beyond) {
    this.settings = settings;
    this.pods = pods;
    this.beyond = beyond;
    this.addresses = new OverlayAddresses(settings.subnet(), settings.ipv6Subnet(), pods, beyond);
  }

  /**
   * Checks a request and settles what it left open.
   *
   * @return the record of an attachment that is yet to be made
   * @throws PodException if the request can't be met
   */
  PodRecord allocate(PodRequest request) {
    String name = request.name();
    if (pods.find(name).isPresent()) {
      throw new PodException(
          "pod '"
              + name
              + "' is attached already; detach it (ktsn pod del "
              + name
              + "), or choose another name");
    }
    if (!request.interfaceName().matches("[a-zA-Z0-9][a-zA-Z0-9._-]{0,14}")
        || request.interfaceName().equals("lo")) {
      throw new PodException(
          "'"
              + request.interfaceName()
              + "' is not a name for a pod's interface; use 1 to 15 letters, digits, '.', '_' or"
              + " '-'");
    }
    int number = freeNumber();
    PodAssignment assignment = request.assignment();
    assignment.mtuOctets().ifPresent(this::checkMtu);
    Pod pod;
    try {
      assignment.routes().forEach(PodAllocator::checkRoute);
      pod =
          new Pod(
              name,
              number,
              request.networkNamespace().orElseGet(() -> settings.ownNamespace(name)),
              request.interfaceName(),
              freeSwitchPort(),
              checkedMac(request.mac().orElseGet(() -> derivedMac(name))),
              assignment.addresses().isEmpty()
                  ? addresses.free(request.address())
                  : addresses.checked(assignment.addresses()),
              settings.channelSocket(name),
              assignment.labels(),
              assignment.bandwidth(),
              assignment.ingressLimit(),
              assignment.priorities());
    } catch (IllegalArgumentException e) {
      throw new PodException(e.getMessage(), e);
    }
    checkIpv6Mtu(pod, assignment.mtuOctets().orElseGet(this::mtuOctets));
    int length = PodSettings.octets(pod.channelSocket());
    if (length > PodSettings.LONGEST_SOCKET_PATH) {
      throw new PodException(
          "the socket of pod '"
              + name
              + "', "
              + pod.channelSocket()
              + ", has "
              + length
              + " octets, too many for a Unix socket; give KTSNd a run directory (ktsn.run) with a"
              + " shorter path");
    }
    checkNamespace(pod.networkNamespace(), request.networkNamespace().isEmpty());
    return new PodRecord(pod, false, request.networkNamespace().isEmpty(), 0, List.of());
  }

  /** Returns the MTU of a pod for which nobody has decided another one. */
  int mtuOctets() {
    return beyond.mtuOctets(settings.mtu());
  }

  private static void checkNamespace(Path file, boolean toBeMade) {
    if (toBeMade) {
      if (Files.exists(file)) {
        throw new PodException(
            "network namespace "
                + file.getFileName()
                + " exists already; remove it (ip netns del "
                + file.getFileName()
                + "), or choose another name");
      }
      return;
    }
    if (!file.isAbsolute() || !file.toString().matches("[a-zA-Z0-9/._:@+-]+")) {
      throw new PodException(
          "'"
              + file
              + "' can't be taken for a network namespace; give an absolute path without blanks and"
              + " quotes");
    }
    Optional<Long> id = NetworkCommands.namespaceId(file);
    if (id.isEmpty()) {
      throw new PodException(
          "network namespace " + file + " does not exist; has its container ended?");
    }
    if (id.equals(NetworkCommands.namespaceId(Path.of("/proc/self/ns/net")))) {
      throw new PodException(
          "network namespace "
              + file
              + " is the node's own; give a pod's, or none to have one made");
    }
  }

  /**
   * Returns a name for the switch's end that was not used lately: the switch knows interfaces by
   * name, and may take a new one for the old one of the same name as long as any part of it
   * remembers that.
   */
  private String freeSwitchPort() {
    Set<String> taken = pods.pods().stream().map(Pod::switchPort).collect(Collectors.toSet());
    String port;
    do {
      port = settings.switchPort(nextSwitchPort);
      nextSwitchPort = (nextSwitchPort + 1) % PodSettings.SWITCH_PORTS;
    } while (taken.contains(port));
    return port;
  }

  private int freeNumber() {
    Set<Integer> used = new HashSet<>();
    pods.pods().forEach(pod -> used.add(pod.number()));
    for (int number = 0; number < Pod.MAX_PODS; number++) {
      if (!used.contains(number)) {
        return number;
      }
    }
    throw new PodException(
        Pod.MAX_PODS + " pods are attached, and a node can't have more; detach some");
  }

  private MacAddress checkedMac(MacAddress mac) {
    if (mac.value() == 0 || (mac.value() >>> 40 & 1) != 0) {
      throw new PodException(
          "MAC address "
              + mac
              + " can't be an interface's; its first octet must be even, and not all may be 0");
    }
    for (Pod other : pods.pods()) {
      if (other.mac().equals(mac)) {
        throw new PodException(
            "MAC address " + mac + " is in use by pod '" + other.title() + "'; choose another");
      }
    }
    Optional<String> remote = beyond.owner(mac);
    if (remote.isPresent()) {
      throw new PodException(
          "MAC address " + mac + " is in use by " + remote.get() + "; choose another");
    }
    return mac;
  }

  /** The same name on the same node has the same address each time. */
  private MacAddress derivedMac(String name) {
    String machine;
    try {
      machine = Files.readString(Path.of("/etc/machine-id")).strip();
    } catch (IOException e) {
      machine = "";
    }
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256")
              .digest(
                  (machine + "/" + settings.instance() + "/" + name)
                      .getBytes(StandardCharsets.UTF_8));
      // Locally administered, and not a group's.
      long value = (hash[0] & 0xfc) | 0x02;
      for (int octet = 1; octet < 6; octet++) {
        value = (value << 8) | (hash[octet] & 0xff);
      }
      return new MacAddress(value);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no SHA-256", e);
    }
  }

  private void checkMtu(int octets) {
    if (octets < PodSettings.MTU_MIN || octets > mtuOctets()) {
      throw new PodException(
          "an MTU of "
              + octets
              + " is not in "
              + PodSettings.MTU_MIN
              + ".."
              + mtuOctets()
              + "; choose another, or raise "
              + (mtuOctets() < settings.mtu()
                  ? "'underlay-mtu' of the overlay, and that of the underlay"
                  : "'mtu' of org.ktsn.pod"));
    }
  }

  private static void checkIpv6Mtu(Pod pod, int octets) {
    boolean ipv6 =
        pod.addresses().stream().anyMatch(address -> HostAddress.parse(address).isIpv6());
    if (ipv6 && octets < PodSettings.IPV6_MTU_MIN) {
      throw new PodException(
          "an MTU of "
              + octets
              + " is too small for the IPv6 address of pod '"
              + pod.name()
              + "'; choose "
              + PodSettings.IPV6_MTU_MIN
              + " or more, or no IPv6 address");
    }
  }

  private static void checkRoute(PodAssignment.Route route) {
    HostAddress destination = HostAddress.parse(route.destination());
    if (!route.gateway().isEmpty()
        && HostAddress.isIpv6(HostAddress.parseAddress(route.gateway())) != destination.isIpv6()) {
      throw new IllegalArgumentException(
          "the route to "
              + destination
              + " has a gateway of another family, "
              + route.gateway()
              + "; give one of its own");
    }
  }
}
