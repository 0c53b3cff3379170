package org.ktsn.cni;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.ktsn.api.binder.SwitchBinder;
import org.ktsn.api.stats.DataplaneMonitor;

/** What the server needs to know of the node. Any thread. */
class NodeState {
  private final Supplier<Optional<SwitchBinder>> binder;
  private final Supplier<Optional<DataplaneMonitor>> dataplane;
  private final BooleanSupplier ingress;

  /**
   * Makes it.
   *
   * @param binder the switch binder of the moment
   * @param dataplane the data plane of the moment
   * @param ingress whether there is an ingress at the moment
   */
  NodeState(
      Supplier<Optional<SwitchBinder>> binder,
      Supplier<Optional<DataplaneMonitor>> dataplane,
      BooleanSupplier ingress) {
    this.binder = binder;
    this.dataplane = dataplane;
    this.ingress = ingress;
  }

  /**
   * Says why nothing can be attached now; empty if all is there that an attachment needs. What
   * STATUS answers and what ADD looks at first.
   */
  Optional<String> trouble() {
    return switchTrouble().or(this::dataplaneTrouble);
  }

  /** Says why frames with launch times can't be sent now; empty if they can. */
  Optional<String> dataplaneTrouble() {
    Optional<DataplaneMonitor> current = dataplane.get();
    if (current.isEmpty()) {
      return Optional.of("no data plane is active; see scr:list and KTSNd's log");
    }
    if (!ingress.getAsBoolean()) {
      return Optional.of("no ingress is active, so containers have no channel; see scr:list");
    }
    return current.get().status().port().isEmpty()
        ? Optional.of("KTSNd's port is not open yet; it opens once Open vSwitch connects to it")
        : Optional.empty();
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
