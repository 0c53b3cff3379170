package org.ktsn.binder.ovs;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ktsn.api.overlay.OverlayNetwork;
import org.ktsn.api.pod.MacAddress;

/**
 * What the pods want of the switch, and what became of it. Callers change it; the keeper takes a
 * {@link Snapshot}, brings it about and says so. Any thread.
 *
 * <p>Each change raises the revision. A revision is settled when a pass that began with it, or a
 * later one, came to its end; then its refusals are known.
 */
final class DesiredState {
  /**
   * What a pod may say of itself.
   *
   * @param mac its MAC address
   * @param addresses its IPv4 addresses
   */
  record Source(MacAddress mac, List<InetAddress> addresses) {
    Source {
      addresses = List.copyOf(addresses);
    }

    SourceRules on(int port, boolean overlay) {
      return new SourceRules(port, mac, addresses, overlay);
    }
  }

  /**
   * A consistent view.
   *
   * @param ports pod ports that should be on the bridge, and what may come from each
   * @param goners ports that should be gone
   * @param pins ports by the address that is pinned to them
   * @param unpinned addresses whose pins should be gone
   * @param overlay the pods' network beyond this node; what there is of it stays while that is
   *     unknown
   */
  record Snapshot(
      long revision,
      Map<String, Source> ports,
      Set<String> goners,
      Map<MacAddress, String> pins,
      Set<MacAddress> unpinned,
      Overlay overlay) {}

  /**
   * The pods' network beyond this node.
   *
   * @param known whether anybody has said what it is like
   * @param network empty: the pods' network ends at this node
   */
  record Overlay(boolean known, Optional<OverlayNetwork> network) {
    static final Overlay UNKNOWN = new Overlay(false, Optional.empty());
  }

  private final Map<String, Source> ports = new LinkedHashMap<>();
  private final Set<String> goners = new HashSet<>();
  private final Map<MacAddress, String> pins = new LinkedHashMap<>();
  private final Set<MacAddress> unpinned = new HashSet<>();
  private final Map<String, String> refusedPorts = new HashMap<>();
  private final Map<MacAddress, String> refusedPins = new HashMap<>();
  private Overlay overlay = Overlay.UNKNOWN;
  private long revision;
  private long settled;

  synchronized long addPort(String name, Source source) {
    goners.remove(name);
    refusedPorts.remove(name);
    ports.put(name, source);
    return ++revision;
  }

  synchronized long removePort(String name) {
    ports.remove(name);
    goners.add(name);
    return ++revision;
  }

  synchronized long pin(MacAddress mac, String port) {
    unpinned.remove(mac);
    refusedPins.remove(mac);
    pins.put(mac, port);
    return ++revision;
  }

  synchronized long unpin(MacAddress mac) {
    pins.remove(mac);
    unpinned.add(mac);
    return ++revision;
  }

  synchronized void overlay(Optional<OverlayNetwork> network) {
    overlay = new Overlay(true, network);
    revision++;
  }

  synchronized Snapshot snapshot() {
    return new Snapshot(
        revision,
        new LinkedHashMap<>(ports),
        new HashSet<>(goners),
        new LinkedHashMap<>(pins),
        new HashSet<>(unpinned),
        overlay);
  }

  /** Says that a port can't be had; it is wanted no more, and what there is of it should go. */
  synchronized void refusePort(String name, String reason) {
    if (ports.remove(name) != null) {
      goners.add(name);
      refusedPorts.put(name, reason);
      revision++;
    }
  }

  /** Says that an address can't be pinned; it is wanted no more. */
  synchronized void refusePin(MacAddress mac, String port, String reason) {
    if (pins.remove(mac, port)) {
      refusedPins.put(mac, reason);
    }
  }

  /** Returns why a port was refused, once; empty if it was not. */
  synchronized String takeRefusal(String port) {
    String reason = refusedPorts.remove(port);
    return reason == null ? "" : reason;
  }

  /** Returns why a pin was refused, once; empty if it was not. */
  synchronized String takeRefusal(MacAddress mac) {
    String reason = refusedPins.remove(mac);
    return reason == null ? "" : reason;
  }

  /** Says that a snapshot has been brought about. */
  synchronized void settle(Snapshot done) {
    settled = Math.max(settled, done.revision());
    // With anything asked for since then, removals are carried out once more, which does no harm.
    if (revision == done.revision()) {
      goners.clear();
      unpinned.clear();
    }
  }

  synchronized boolean isSettled(long wanted) {
    return settled >= wanted;
  }

  synchronized boolean hasWork() {
    return settled < revision;
  }
}
