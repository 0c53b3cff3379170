package org.ktsn.binder.ovs;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.ktsn.api.pod.MacAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the forwarding entries: which address is pinned to which port. Keeper's thread, but for
 * {@link #pinnedTo}.
 */
final class PinKeeper {
  private static final Logger LOG = LoggerFactory.getLogger(PinKeeper.class);

  /** A forwarding entry as it was made: gone when the interface is another one. */
  private record Pin(String port, String interfaceUuid, int ofport) {
    static Pin to(OvsdbMirror.Interface iface) {
      return new Pin(iface.name(), iface.uuid(), iface.ofport());
    }
  }

  private final OvsSettings settings;
  private final DesiredState desired;
  private final SwitchConnections connections;
  private final PortKeeper portKeeper;

  /** Written by the keeper, read by any thread. */
  private final Map<MacAddress, Pin> programmed = new ConcurrentHashMap<>();

  PinKeeper(
      OvsSettings settings,
      DesiredState desired,
      SwitchConnections connections,
      PortKeeper portKeeper) {
    this.settings = settings;
    this.desired = desired;
    this.connections = connections;
    this.portKeeper = portKeeper;
  }

  /** Forgets what was pinned: the daemon is another one. */
  void forget() {
    programmed.clear();
  }

  /** Compares the forwarding entries with what they should be: they live in the daemon alone. */
  void audit() throws IOException {
    Map<MacAddress, Integer> there = connections.daemon().pinned(settings.bridge());
    programmed.forEach(
        (mac, pin) -> {
          if (!Integer.valueOf(pin.ofport()).equals(there.get(mac))) {
            programmed.remove(mac);
            LOG.warn("event=pin-lost mac={} port={} remedy=\"made anew\"", mac, pin.port());
          }
        });
  }

  /** Pins what is to be pinned, and unpins what is not. Keeper's thread only. */
  void keep(DesiredState.Snapshot wanted) throws IOException {
    SwitchDaemon daemon = connections.daemon();
    for (MacAddress mac : wanted.unpinned()) {
      daemon.unpin(settings.bridge(), mac);
    }
    programmed.keySet().retainAll(wanted.pins().keySet());
    Map<String, OvsdbMirror.Port> ports = connections.mirror().ports(settings.bridge());
    for (Map.Entry<MacAddress, String> entry : wanted.pins().entrySet()) {
      MacAddress mac = entry.getKey();
      String name = entry.getValue();
      OvsdbMirror.Port port = ports.get(name);
      if (port == null || port.iface().ofport() <= 0) {
        programmed.remove(mac);
        // A port that was there before will be there again, and its pin with it.
        if (!portKeeper.hasSeen(name)) {
          desired.refusePin(mac, name, "bridge " + settings.bridge() + " has no such port");
        }
        continue;
      }
      Pin pin = Pin.to(port.iface());
      if (pin.equals(programmed.get(mac))) {
        continue;
      }
      try {
        daemon.pin(settings.bridge(), name, mac);
        programmed.put(mac, pin);
      } catch (JsonRpcConnection.RemoteErrorException e) {
        desired.refusePin(mac, name, e.getMessage());
      }
    }
  }

  /** Returns the addresses that are pinned to an interface, in order. Any thread. */
  List<String> pinnedTo(OvsdbMirror.Interface iface) {
    Pin pin = Pin.to(iface);
    return programmed.entrySet().stream()
        .filter(entry -> entry.getValue().equals(pin))
        .map(entry -> entry.getKey().toString())
        .sorted()
        .toList();
  }
}
