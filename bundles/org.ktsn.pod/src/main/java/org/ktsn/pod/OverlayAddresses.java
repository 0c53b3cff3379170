package org.ktsn.pod;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.pod.PodException;

/**
 * The addresses of the overlay: which ones pods have, which one is free. Under the monitor of
 * {@link AttachedPods}.
 */
final class OverlayAddresses {
  private final Subnet subnet;
  private final Optional<Subnet> ipv6Subnet;
  private final AttachedPods pods;
  private final BeyondNode beyond;

  OverlayAddresses(
      Subnet subnet, Optional<Subnet> ipv6Subnet, AttachedPods pods, BeyondNode beyond) {
    this.subnet = subnet;
    this.ipv6Subnet = ipv6Subnet;
    this.pods = pods;
    this.beyond = beyond;
  }

  /** Checks what an address manager gave: it knows its subnet, but not what others gave. */
  List<String> checked(List<String> given) {
    Set<InetAddress> used = used();
    List<String> checked = new ArrayList<>();
    for (String text : given) {
      HostAddress address = HostAddress.parse(text);
      if (!used.add(address.address())) {
        throw new PodException(
            "address "
                + address
                + " is in use by another pod, though its address manager gave it; give each network"
                + " a range of its own");
      }
      checked.add(address.toString());
    }
    return checked;
  }

  private Set<InetAddress> used() {
    Set<InetAddress> used = new HashSet<>(beyond.addresses().keySet());
    for (Pod other : pods.pods()) {
      for (String address : other.addresses()) {
        used.add(HostAddress.parse(address).address());
      }
    }
    return used;
  }

  /**
   * Returns an IPv4 address and, if the overlay has a subnet for that, an IPv6 one.
   *
   * @param wanted one of either family, or one of each with a comma between; what it leaves out is
   *     chosen
   */
  List<String> free(Optional<String> wanted) {
    Optional<HostAddress> ipv4 = Optional.empty();
    Optional<HostAddress> ipv6 = Optional.empty();
    for (String text : wanted.map(list -> List.of(list.split(",", -1))).orElse(List.of())) {
      HostAddress address = HostAddress.parse(text);
      if ((address.isIpv6() ? ipv6 : ipv4).isPresent()) {
        throw new PodException(
            "'" + wanted.get() + "' has two addresses of one family; give one of each at most");
      }
      if (address.isIpv6()) {
        ipv6 = Optional.of(address);
      } else {
        ipv4 = Optional.of(address);
      }
    }
    if (ipv6.isPresent() && ipv6Subnet.isEmpty()) {
      throw new PodException(
          "address "
              + ipv6.get()
              + " is of IPv6, and the overlay has no subnet for that; set 'subnet.ipv6' of"
              + " org.ktsn.pod, or leave the address out");
    }
    List<String> free = new ArrayList<>();
    free.add(free(subnet, ipv4));
    if (ipv6Subnet.isPresent()) {
      free.add(free(ipv6Subnet.get(), ipv6));
    }
    return free;
  }

  private String free(Subnet of, Optional<HostAddress> wanted) {
    String setting = of.isIpv6() ? "subnet.ipv6" : "subnet";
    Set<InetAddress> used = used();
    if (wanted.isEmpty()) {
      return of.firstFree(used)
          .orElseThrow(
              () ->
                  new PodException(
                      "no address of "
                          + of
                          + " is free; detach pods, or widen '"
                          + setting
                          + "' of org.ktsn.pod"))
          .toString();
    }
    HostAddress address = wanted.get();
    if (!of.hasHost(address.address()) || address.prefixLength() < of.prefixLength()) {
      throw new PodException(
          "address "
              + address
              + " is not one of a host in the overlay "
              + of
              + "; choose one, or change '"
              + setting
              + "' of org.ktsn.pod");
    }
    if (used.contains(address.address())) {
      throw new PodException(
          "address "
              + address
              + " is in use"
              + Optional.ofNullable(beyond.addresses().get(address.address()))
                  .map(owner -> " by " + owner)
                  .orElse("")
              + "; choose another, or none");
    }
    return address.toString();
  }
}
