package org.ktsn.cni;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.ktsn.api.binder.SwitchBinder;
import org.ktsn.api.health.HealthSource;
import org.ktsn.api.health.Trouble;
import org.ktsn.api.ingress.Ingress;
import org.ktsn.api.pod.PodService;
import org.ktsn.api.stats.DataplaneMonitor;
import org.ktsn.runtime.LastingThread;
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
@Component(name = "org.ktsn.cni", immediate = true, service = HealthSource.class)
@Designate(ocd = CniComponent.Config.class)
public final class CniComponent implements HealthSource {
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

    /** Where else address managers are. */
    @AttributeDefinition(
        description =
            "Folder of address managers that KTSNd brings; looked through behind those of CNI_PATH."
                + " Empty: none.")
    String ipam_directory() default "";
  }

  private static final Duration END_LIMIT = Duration.ofSeconds(1);

  private final Attachments attachments;
  private final CniServer server;
  private final Leftovers leftovers;
  private final LastingThread tidying;
  private final CountDownLatch closed = new CountDownLatch(1);

  /** Of the tidying thread alone. */
  private boolean recovered;

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
    PendingDeletions pending = new PendingDeletions(node.state().resolve("cni-pending"));
    attachments =
        new Attachments(
            pods,
            new AddressManager(
                new PluginRunner(Duration.ofMillis(Math.max(1, config.ipam_timeout_ms()))),
                config.ipam_directory().isBlank()
                    ? List.of()
                    : List.of(Path.of(config.ipam_directory()))),
            new AttachmentStore(node.state().resolve("cni")),
            pending,
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
    leftovers = new Leftovers(attachments);
    Path socket =
        config.socket().isBlank() ? node.run().resolve("cni.sock") : Path.of(config.socket());
    pending.announce(socket.resolveSibling("cni.pending"));
    server = new CniServer(socket, handler);
    // An address manager may take its time; requests for other attachments are served meanwhile.
    tidying = new LastingThread(Thread.ofVirtual(), "ktsn-cni-leftovers", this::tidy).start();
  }

  private void tidy() throws InterruptedException {
    if (!recovered) {
      attachments.recover();
      recovered = true;
    }
    leftovers.look(System.nanoTime());
    if (closed.await(Leftovers.PERIOD_NS, TimeUnit.NANOSECONDS)) {
      tidying.stop();
    }
  }

  @Override
  public List<Trouble> troubles() {
    return leftovers.troubles();
  }

  /** Closes and removes the socket; the attachments stay. */
  @Deactivate
  public void close() throws IOException {
    closed.countDown();
    tidying.stop();
    attachments.close();
    tidying.interrupt();
    server.close();
    try {
      tidying.join(END_LIMIT);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
