package org.ktsn.pod;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.pod.PodException;

/**
 * The IPv4 addresses of the overlay: which ones pods have, which one is free. Under the monitor of
 * {@link AttachedPods}.
 */
final class OverlayAddresses {
  private final Subnet subnet;
  private final AttachedPods pods;

  OverlayAddresses(Subnet subnet, AttachedPods pods) {
    this.subnet = subnet;
    this.pods = pods;
  }

  /** Checks what an address manager gave: it knows its subnet, but not what others gave. */
  List<String> checked(List<String> given) {
    Set<Integer> used = used();
    List<String> checked = new ArrayList<>();
    for (String text : given) {
      Subnet.HostAddress address = Subnet.HostAddress.parse(text);
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

  private Set<Integer> used() {
    Set<Integer> used = new HashSet<>();
    for (Pod other : pods.pods()) {
      for (String address : other.addresses()) {
        used.add(Subnet.HostAddress.parse(address).address());
      }
    }
    return used;
  }

  /** Returns the address that is wanted, or one that is free. */
  String free(Optional<String> wanted) {
    Set<Integer> used = used();
    if (wanted.isEmpty()) {
      return subnet
          .firstFree(used)
          .orElseThrow(
              () ->
                  new PodException(
                      "no address of "
                          + subnet
                          + " is free; detach pods, or widen 'subnet' of org.ktsn.pod"))
          .toString();
    }
    Subnet.HostAddress address = Subnet.HostAddress.parse(wanted.get());
    if (!subnet.hasHost(address.address()) || address.prefixLength() < subnet.prefixLength()) {
      throw new PodException(
          "address "
              + address
              + " is not one of a host in the overlay "
              + subnet
              + "; choose one, or change 'subnet' of org.ktsn.pod");
    }
    if (used.contains(address.address())) {
      throw new PodException("address " + address + " is in use; choose another, or none");
    }
    return address.toString();
  }
}
