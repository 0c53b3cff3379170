package org.ktsn.cni;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import org.ktsn.api.binder.SwitchBinder;
import org.ktsn.api.ingress.Ingress;
import org.ktsn.api.pod.PodService;
import org.ktsn.api.stats.DataplaneMonitor;
import org.ktsn.runtime.NodeProperties;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** The CNI server: attaches containers for their runtime, by the same service as pods by hand. */
@Component(
    name = "org.ktsn.cni",
    immediate = true,
    service = {})
@Designate(ocd = CniComponent.Config.class)
public final class CniComponent {
  /** What can be configured. */
  @ObjectClassDefinition(name = "KTSN: CNI server")
  public @interface Config {
    /** The socket's path. */
    @AttributeDefinition(
        description = "Path of the socket; empty for cni.sock in the run directory")
    String socket() default "";

    /** The MTU. */
    @AttributeDefinition(
        description =
            "MTU of the containers' interfaces where a network names none, in octets; 0 for the"
                + " overlay's. The usual one leaves room for a tunnel.",
        min = "0")
    int mtu() default 1450;

    /** Where CDI specifications go. */
    @AttributeDefinition(description = "Folder in which runtimes look for CDI specifications")
    String cdi_directory() default "/var/run/cdi";

    /** LibKTSN on the node. */
    @AttributeDefinition(
        description =
            "LibKTSN as the node's runtime sees it, with ktsn-preload beside it; empty for the"
                + " distribution's")
    String library() default "";

    /** How long an address manager may take. */
    @AttributeDefinition(description = "How long an address manager may take, in ms", min = "1")
    int ipam_timeout_ms() default 30_000;
  }

  private static final Duration RECOVERY_END_LIMIT = Duration.ofSeconds(1);

  private final CniServer server;
  private final Thread recovery;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile SwitchBinder switchBinder;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile DataplaneMonitor dataplane;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile Ingress ingress;

  /** Opens the socket; made by the component runtime. */
  @Activate
  public CniComponent(BundleContext context, @Reference PodService pods, Config config)
      throws IOException {
    NodeProperties node = NodeProperties.of(context);
    Path library =
        config.library().isBlank()
            ? node.home().resolve("shim/libktsn.so")
            : Path.of(config.library());
    Attachments attachments =
        new Attachments(
            pods,
            new AddressManager(
                new PluginRunner(Duration.ofMillis(Math.max(1, config.ipam_timeout_ms())))),
            new AttachmentStore(node.state().resolve("cni")),
            new DeviceSpecs(Path.of(config.cdi_directory()), library),
            node.run().resolve("pods"));
    CniHandler handler =
        new CniHandler(
            attachments,
            new NodeState(
                () -> Optional.ofNullable(switchBinder),
                () -> Optional.ofNullable(dataplane),
                () -> ingress != null),
            config.mtu() == 0 ? OptionalInt.empty() : OptionalInt.of(config.mtu()));
    // An address manager may take its time; requests for other attachments are served meanwhile.
    recovery = Thread.ofVirtual().name("ktsn-cni-recovery").start(attachments::recover);
    server =
        new CniServer(
            config.socket().isBlank() ? node.run().resolve("cni.sock") : Path.of(config.socket()),
            handler);
  }

  /** Closes and removes the socket; the attachments stay. */
  @Deactivate
  public void close() throws IOException {
    recovery.interrupt();
    server.close();
    try {
      recovery.join(RECOVERY_END_LIMIT);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
