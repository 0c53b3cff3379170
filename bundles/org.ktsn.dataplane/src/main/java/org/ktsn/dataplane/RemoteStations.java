package org.ktsn.dataplane;

import java.util.Optional;
import org.ktsn.api.overlay.OverlayNetwork;
import org.ktsn.api.overlay.OverlayObserver;
import org.ktsn.api.overlay.RemoteNode;
import org.ktsn.api.overlay.RemotePod;
import org.ktsn.api.port.PortModel;
import org.ktsn.foreign.NativeMemory;
import org.osgi.service.component.annotations.Component;

/**
 * Which destinations are on other nodes, so that a frame to one of them is planned as it is on the
 * link: in a tunnel. Told by a control thread, read by the planner, which allocates nothing.
 */
@Component(service = {RemoteStations.class, OverlayObserver.class})
public final class RemoteStations implements OverlayObserver {
  private static final long GROUP_BIT = 1L << 40;

  /** What is in force; never changed once it is. */
  private static final class Known {
    static final Known NOTHING = new Known(0, 0, 0);

    /** What the tunnel adds to a frame. */
    private final int encapsulationOctets;

    /** How many copies of a frame to a group leave. */
    private final int copies;

    /** MAC addresses, each at the first free place from its own on; 0: free. */
    private final long[] slots;

    Known(int encapsulationOctets, int copies, int stations) {
      this.encapsulationOctets = encapsulationOctets;
      this.copies = copies;
      // Never more than half full.
      slots = new long[Integer.highestOneBit(Math.max(1, stations)) * 4];
    }

    private void add(long mac) {
      slots[find(mac)] = mac;
    }

    private boolean contains(long mac) {
      return slots[find(mac)] == mac;
    }

    /** Returns where an address is, or could be. */
    private int find(long mac) {
      int mask = slots.length - 1;
      int at = (int) ((mac * 0x9e37_79b9_7f4a_7c15L) >>> 33) & mask;
      while (slots[at] != 0 && slots[at] != mac) {
        at = (at + 1) & mask;
      }
      return at;
    }
  }

  private volatile Known known = Known.NOTHING;

  @Override
  public void overlayChanged(Optional<OverlayNetwork> network) {
    known = network.map(RemoteStations::known).orElse(Known.NOTHING);
  }

  /**
   * Returns how long a frame is on the link, without the FCS of the last, or only, copy of it.
   *
   * @param address where its octets lie
   * @param lengthOctets how many they are, 14 at least
   */
  int linkFrameOctets(long address, int lengthOctets) {
    Known now = known;
    if (now.encapsulationOctets == 0) {
      return lengthOctets;
    }
    // The first 6 of 8 octets, the first of which is the most significant one on the wire.
    long mac = Long.reverseBytes(NativeMemory.getLong(address)) >>> 16;
    int encapsulated = lengthOctets + now.encapsulationOctets;
    if ((mac & GROUP_BIT) != 0) {
      return now.copies == 0
          ? lengthOctets
          : now.copies * (encapsulated + PortModel.LINK_OCTETS) - PortModel.LINK_OCTETS;
    }
    return now.contains(mac) ? encapsulated : lengthOctets;
  }

  private static Known known(OverlayNetwork network) {
    int pods = 0;
    int copies = 0;
    for (RemoteNode node : network.nodes()) {
      pods += node.pods().size();
      copies += node.pods().isEmpty() ? 0 : 1;
    }
    Known known = new Known(network.encapsulationOctets(), copies, pods);
    for (RemoteNode node : network.nodes()) {
      for (RemotePod pod : node.pods()) {
        known.add(pod.mac().value());
      }
    }
    return known;
  }
}
