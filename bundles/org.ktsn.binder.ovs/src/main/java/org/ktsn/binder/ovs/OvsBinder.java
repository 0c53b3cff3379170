package org.ktsn.binder.ovs;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ktsn.api.binder.SwitchBinder;
import org.ktsn.api.binder.SwitchException;
import org.ktsn.api.binder.SwitchProgram;
import org.ktsn.api.binder.SwitchStatus;
import org.ktsn.api.health.HealthSource;
import org.ktsn.api.health.Trouble;
import org.ktsn.api.overlay.OverlayNetwork;
import org.ktsn.api.overlay.OverlayObserver;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.runtime.NodeProperties;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * Programs Open vSwitch: over OVSDB (RFC 7047) the bridge and its ports, over the control socket of
 * ovs-vswitchd the forwarding entries, over OpenFlow what each pod may send.
 *
 * <p>What is asked for while the switch is away is refused after a short grace, and yet kept: it is
 * brought about as soon as the switch is back, unless it is removed before. What the switch itself
 * refuses is forgotten.
 */
@Component(
    name = "org.ktsn.binder.ovs",
    service = {SwitchBinder.class, OverlayObserver.class, HealthSource.class},
    immediate = true)
@Designate(ocd = OvsBinder.Config.class)
public final class OvsBinder implements SwitchBinder, OverlayObserver, HealthSource {
  /** The binder's configuration; what is left empty follows from the instance. */
  @ObjectClassDefinition(name = "KTSN: Open vSwitch binder")
  public @interface Config {
    /** Where Open vSwitch has its sockets and pid files. */
    @AttributeDefinition(
        description = "run directory of Open vSwitch; empty: 'ovs' in KTSNd's run directory")
    String ovs_run_directory() default "";

    /** The bridge. */
    @AttributeDefinition(description = "name of the bridge; empty: br-INSTANCE")
    String bridge() default "";

    /** KTSNd's own port. */
    @AttributeDefinition(description = "name of KTSNd's port; empty: k0-INSTANCE")
    String port() default "";

    /** The socket of KTSNd's own port. */
    @AttributeDefinition(
        description = "vhost-user socket of KTSNd's port; empty: vhost.sock in its run directory")
    String vhost_socket() default "";
  }

  private final OvsSettings settings;
  private final DesiredState desired = new DesiredState();
  private final SwitchKeeper keeper;

  /**
   * Begins to keep the switch; returns at once, whether or not it runs.
   *
   * @throws IllegalArgumentException if a name or path does not fit
   */
  @Activate
  public OvsBinder(BundleContext context, Config config) {
    this(settings(context, config), NodeProperties.of(context).run());
  }

  /**
   * Makes one.
   *
   * @param run the run directory, in which {@code switch-away} says so
   */
  OvsBinder(OvsSettings settings, Path run) {
    this.settings = settings;
    this.keeper =
        new SwitchKeeper(
            settings, desired, new AwayMark(run.resolve("switch-away"), AwayMark.PATIENCE));
    keeper.start();
  }

  /** Lets go of the switch and leaves it as it is, so that a restart of KTSNd cuts off no pod. */
  @Deactivate
  public void deactivate() {
    keeper.close();
  }

  @Override
  public String bridge() {
    return settings.bridge();
  }

  @Override
  public void addPodPort(String interfaceName, MacAddress mac, List<String> addresses) {
    checkPodPort(interfaceName);
    DesiredState.Source source =
        new DesiredState.Source(mac, addresses.stream().map(OvsBinder::address).toList());
    long revision = desired.addPort(interfaceName, source);
    settle(revision, "interface " + interfaceName + " can't be added to " + describeBridge());
    refuse(
        desired.takeRefusal(interfaceName),
        "Open vSwitch refuses interface " + interfaceName + " on " + describeBridge());
  }

  @Override
  public void removePodPort(String interfaceName) {
    checkPodPort(interfaceName);
    desired.takeRefusal(interfaceName);
    long revision = desired.removePort(interfaceName);
    keeper.kick();
    // Away, the switch has let go of it, and the rest follows later: no detachment waits for that.
    keeper.awaitSettled(revision, Duration.ZERO);
  }

  @Override
  public void pin(MacAddress mac, String interfaceName) {
    OvsSettings.checkInterfaceName("port", interfaceName);
    long revision = desired.pin(mac, interfaceName);
    settle(revision, "address " + mac + " can't be pinned to " + interfaceName);
    refuse(
        desired.takeRefusal(mac),
        "Open vSwitch refuses to pin address " + mac + " to " + interfaceName);
  }

  @Override
  public void unpin(MacAddress mac) {
    desired.takeRefusal(mac);
    long revision = desired.unpin(mac);
    keeper.kick();
    keeper.awaitSettled(revision, Duration.ZERO);
  }

  @Override
  public void overlayChanged(Optional<OverlayNetwork> network) {
    desired.overlay(network);
    keeper.kick();
  }

  @Override
  public SwitchStatus status() {
    return keeper.status();
  }

  @Override
  public Map<String, Long> droppedFrames() {
    return keeper.droppedFrames();
  }

  @Override
  public SwitchProgram program() {
    try {
      return keeper.program();
    } catch (IOException e) {
      throw new SwitchException(
          "the switch of "
              + describeBridge()
              + " can't be asked ("
              + e.getMessage()
              + "); ktsn:health tells what is the matter",
          e);
    }
  }

  /** Reads {@code 10.77.0.2} or {@code fd77::2}, with or without a prefix length. */
  private static InetAddress address(String text) {
    String address = text.substring(0, (text + "/").indexOf('/'));
    boolean plain = address.contains(":") || address.matches("\\d{1,3}(\\.\\d{1,3}){3}");
    try {
      if (plain && !address.contains("%")) {
        return InetAddress.ofLiteral(address);
      }
    } catch (IllegalArgumentException e) {
      // As if it were written otherwise.
    }
    throw new SwitchException(
        "'" + text + "' is not an IP address; write it as 10.77.0.2, 10.77.0.2/16 or fd77::2/64");
  }

  private void checkPodPort(String interfaceName) {
    OvsSettings.checkInterfaceName("port", interfaceName);
    if (interfaceName.equals(settings.port()) || interfaceName.equals(settings.bridge())) {
      throw new SwitchException(
          interfaceName + " is a port of KTSNd's own; give the pod's interface another name");
    }
  }

  private String describeBridge() {
    return "bridge " + settings.bridge();
  }

  @Override
  public List<Trouble> troubles() {
    return keeper.trouble(AwayMark.PATIENCE).stream()
        .map(
            problem ->
                new Trouble(
                    "Open vSwitch",
                    "pods are cut off, for "
                        + describeBridge()
                        + " can't be kept: "
                        + problem
                        + "; see that Open vSwitch runs with its sockets in "
                        + settings.runDirectory()
                        + ", and that KTSNd sees that folder as it is now, not one that was"
                        + " removed"))
        .toList();
  }

  private void settle(long revision, String failure) {
    keeper.kick();
    Optional<String> problem = keeper.awaitSettled(revision, settings.awayGrace());
    if (problem.isPresent()) {
      throw new SwitchException(failure + ": " + problem.get());
    }
  }

  private static void refuse(String reason, String failure) {
    if (!reason.isEmpty()) {
      throw new SwitchException(failure + ": " + reason);
    }
  }

  private static OvsSettings settings(BundleContext context, Config config) {
    NodeProperties node = NodeProperties.of(context);
    return OvsSettings.of(
        orElse(config.ovs_run_directory(), node.run().resolve("ovs")),
        config.bridge().isEmpty() ? "br-" + node.instance() : config.bridge(),
        config.port().isEmpty() ? "k0-" + node.instance() : config.port(),
        orElse(config.vhost_socket(), node.run().resolve("vhost.sock")));
  }

  private static Path orElse(String path, Path otherwise) {
    return path.isEmpty() ? otherwise : Path.of(path);
  }
}
