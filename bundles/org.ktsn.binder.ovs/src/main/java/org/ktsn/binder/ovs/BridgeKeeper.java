package org.ktsn.binder.ovs;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.ktsn.api.binder.SwitchException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps the bridge and KTSNd's own port on it, a vhost-user one. Keeper's thread only. */
final class BridgeKeeper {
  private static final Logger LOG = LoggerFactory.getLogger(BridgeKeeper.class);
  private static final String VHOST_TYPE = "dpdkvhostuserclient";

  private final OvsSettings settings;
  private final SwitchConnections connections;

  /** Whether bridge and port have been there: if they are not, somebody removed them. */
  private boolean seen;

  BridgeKeeper(OvsSettings settings, SwitchConnections connections) {
    this.settings = settings;
    this.connections = connections;
  }

  /** Refuses a switch that has no DPDK. */
  void checkDpdk() {
    OvsdbMirror.Root root = connections.mirror().root();
    if (!root.interfaceTypes().contains(VHOST_TYPE)) {
      throw new SwitchException(
          "the Open vSwitch in "
              + settings.runDirectory()
              + " knows no ports of type "
              + VHOST_TYPE
              + "; install one built with DPDK: apt-get install openvswitch-switch-dpdk");
    }
    if (!root.dpdkInitialized()) {
      throw new SwitchException(
          "the Open vSwitch in "
              + settings.runDirectory()
              + " runs without DPDK; run: ovs-vsctl --db=unix:"
              + settings.databaseSocket()
              + " set Open_vSwitch . other_config:dpdk-init=true other_config:dpdk-extra=--no-pci"
              + " and restart ovs-vswitchd");
    }
  }

  /** Brings about the bridge and KTSNd's port where they are not there. */
  void keep() throws IOException, InterruptedException {
    OvsdbMirror mirror = connections.mirror();
    Optional<OvsdbMirror.Bridge> bridge = mirror.bridge(settings.bridge());
    if (bridge.isPresent() && !bridge.get().datapathType().equals("netdev")) {
      throw new SwitchException(
          "bridge "
              + settings.bridge()
              + " has the datapath type '"
              + bridge.get().datapathType()
              + "', and DPDK ports need 'netdev'; set it, or choose another bridge in org.ktsn.binder.ovs");
    }
    Map<String, String> vhostOptions =
        Map.of("vhost-server-path", settings.vhostSocket().toString(), "tx-retries-max", "0");
    Optional<OvsdbMirror.Port> port =
        Optional.ofNullable(mirror.ports(settings.bridge()).get(settings.port()));
    OvsdbTransaction change = new OvsdbTransaction();
    if (bridge.isEmpty()) {
      if (seen) {
        LOG.warn("event=bridge-gone bridge={} remedy=\"made anew\"", settings.bridge());
      }
      change.addBridge(settings.bridge());
    }
    if (port.isEmpty()) {
      String other = mirror.portsElsewhere(settings.bridge()).get(settings.port());
      if (other != null) {
        throw new SwitchException(
            "port "
                + settings.port()
                + " belongs to bridge "
                + other
                + "; remove it there, or choose another port in org.ktsn.binder.ovs");
      }
      if (seen && bridge.isPresent()) {
        LOG.warn("event=port-gone port={} remedy=\"made anew\"", settings.port());
      }
      change.addPort(settings.bridge(), settings.port(), VHOST_TYPE, vhostOptions, Map.of(), 0);
    } else if (!port.get().iface().type().equals(VHOST_TYPE)
        || !port.get().iface().options().entrySet().containsAll(vhostOptions.entrySet())) {
      change.setInterface(port.get().iface().uuid(), VHOST_TYPE, vhostOptions);
    }
    if (change.size() > 0) {
      connections.configure(change);
    }
    seen = true;
  }
}
