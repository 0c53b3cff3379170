package org.ktsn.cni;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import org.ktsn.api.binder.SwitchBinder;

/** What the server needs to know of the node. Any thread. */
class NodeState {
  private final Supplier<Optional<SwitchBinder>> binder;

  /**
   * Makes it.
   *
   * @param binder the switch binder of the moment
   */
  NodeState(Supplier<Optional<SwitchBinder>> binder) {
    this.binder = binder;
  }

  /** Says why the switch can't be used now; empty if it can. */
  Optional<String> switchTrouble() {
    Optional<SwitchBinder> current = binder.get();
    if (current.isEmpty()) {
      return Optional.of("no switch binder is active; see scr:list and KTSNd's log");
    }
    return current.get().status().connected()
        ? Optional.empty()
        : Optional.of("Open vSwitch is away; KTSNd goes on as soon as it is back");
  }

  /** Returns the MAC address of an interface of the node; empty if it is not known. */
  String macOf(String interfaceName) {
    try {
      return Files.readString(Path.of("/sys/class/net", interfaceName, "address")).strip();
    } catch (IOException e) {
      return "";
    }
  }
}
