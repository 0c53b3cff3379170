package org.ktsn.pod;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.ktsn.api.overlay.OverlayNetwork;
import org.ktsn.api.overlay.OverlayObserver;
import org.ktsn.api.overlay.RemoteNode;
import org.ktsn.api.overlay.RemotePod;
import org.ktsn.api.pod.MacAddress;
import org.osgi.service.component.annotations.Component;

/**
 * What a new pod must know of the other nodes: the addresses that their pods have, and the largest
 * packet that a tunnel takes. Told by a control thread, read by any.
 */
@Component(service = {BeyondNode.class, OverlayObserver.class})
public final class BeyondNode implements OverlayObserver {
  /** What is in force; never changed. */
  private record Known(
      int mtuOctets, Map<InetAddress, String> addresses, Map<MacAddress, String> macs) {
    static final Known NOTHING = new Known(Integer.MAX_VALUE, Map.of(), Map.of());
  }

  private volatile Known known = Known.NOTHING;

  @Override
  public void overlayChanged(Optional<OverlayNetwork> network) {
    known = network.map(BeyondNode::known).orElse(Known.NOTHING);
  }

  /** Returns the largest MTU of a pod's interface, if the overlay's is so much. */
  int mtuOctets(int overlayOctets) {
    return Math.min(overlayOctets, known.mtuOctets());
  }

  /** Returns the addresses of the other nodes' pods, and whose they are. */
  Map<InetAddress, String> addresses() {
    return known.addresses();
  }

  /** Returns which other node's pod has a MAC address, if any. */
  Optional<String> owner(MacAddress mac) {
    return Optional.ofNullable(known.macs().get(mac));
  }

  private static Known known(OverlayNetwork network) {
    Map<InetAddress, String> addresses = new HashMap<>();
    Map<MacAddress, String> macs = new HashMap<>();
    for (RemoteNode node : network.nodes()) {
      for (RemotePod pod : node.pods()) {
        String owner = "pod '" + pod.name() + "' of node " + node.name();
        pod.addresses().forEach(address -> addresses.put(address, owner));
        macs.put(pod.mac(), owner);
      }
    }
    return new Known(network.podMtuOctets(), Map.copyOf(addresses), Map.copyOf(macs));
  }
}
