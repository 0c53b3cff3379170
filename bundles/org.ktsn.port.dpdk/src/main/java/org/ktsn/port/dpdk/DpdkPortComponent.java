package org.ktsn.port.dpdk;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ktsn.api.port.PacketMemory;
import org.ktsn.api.port.Port;
import org.ktsn.api.port.PortModel;
import org.ktsn.foreign.ForeignException;
import org.ktsn.foreign.NativePort;
import org.ktsn.runtime.LastingThread;
import org.ktsn.runtime.NodeProperties;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the device in a thread of its own (a vhost-user server waits for its peer there) and
 * registers it as a {@link Port} once it can send. The registration is by hand because the
 * component is active before the port is.
 */
@Component(
    configurationPid = "org.ktsn.port.dpdk",
    service = {})
@Designate(ocd = DpdkPortComponent.Config.class)
public final class DpdkPortComponent {
  private static final Logger LOG = LoggerFactory.getLogger(DpdkPortComponent.class);
  private static final Pattern SOCKET = Pattern.compile("(?:^|,)path=([^,]+)");

  /**
   * How soon a lost peer is noticed: what is sent until then stays in the device's queue, and a
   * peer that comes back takes it from there, late.
   */
  private static final long TEND_MS = 20;

  private static final long RETRY_MS = 1_000;

  /** Which device, and which link is behind it. */
  @ObjectClassDefinition(name = "KTSN DPDK port")
  public @interface Config {
    /** Name. */
    @AttributeDefinition(description = "the port's name; empty: k0-<instance>")
    String name() default "";

    /** Device. */
    @AttributeDefinition(description = "DPDK's name of the virtual device, net_<driver><number>")
    String device() default "net_virtio_user0";

    /** Arguments. */
    @AttributeDefinition(
        description =
            "DPDK's arguments of the device; empty: the vhost-user server of the run directory")
    String arguments() default "";

    /** Rate. */
    @AttributeDefinition(
        description = "bit/s of the physical link that schedules are planned for",
        min = "1000",
        max = "1000000000000")
    long rate_bits_per_second() default 1_000_000_000L;

    /** Overhead. */
    @AttributeDefinition(
        description = "octets that a tunnel adds to each frame on the link, 50 for VXLAN over IPv4",
        min = "0",
        max = "1024")
    int overhead_octets() default 0;
  }

  private final BundleContext context;
  private final Config config;
  private final String name;
  private final String arguments;
  private final PortModel model;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final LastingThread tender;
  private volatile Optional<OpenPort> port = Optional.empty();
  private Optional<ServiceRegistration<Port>> registration = Optional.empty();

  /** Begins to open the device. Packet memory comes first: without it DPDK makes no device. */
  @Activate
  public DpdkPortComponent(BundleContext context, @Reference PacketMemory memory, Config config) {
    this.context = context;
    this.config = config;
    NodeProperties node = NodeProperties.of(context);
    name = config.name().isEmpty() ? "k0-" + node.instance() : config.name();
    arguments =
        config.arguments().isEmpty()
            ? "path=" + node.run() + "/vhost.sock,server=1"
            : config.arguments();
    model = new PortModel(config.rate_bits_per_second(), config.overhead_octets());
    LOG.info(
        "event=port-opening port={} device={} arguments={} frame-room={}",
        name,
        config.device(),
        arguments,
        memory.frameRoomOctets());
    tender = new LastingThread(Thread.ofPlatform().daemon(), "ktsn-port", this::openOrTend);
    tender.start();
  }

  private void openOrTend() throws InterruptedException {
    port.ifPresent(this::tend);
    boolean open = port.isPresent() || open();
    boolean stop = stopping.await(open ? TEND_MS : RETRY_MS, TimeUnit.MILLISECONDS);
    LOG.trace("event=port-tended port={} open={} stop={}", name, open, stop);
  }

  private boolean open() {
    try {
      if (arguments.contains("server=1")) {
        removeStaleSocket();
      }
      opened(NativePort.dpdk(config.device(), arguments));
      return true;
    } catch (ForeignException | IOException e) {
      if (stopping.getCount() > 0) {
        LOG.error("event=port-not-opened port={} reason=\"{}\"", name, e.getMessage());
      }
      return false;
    }
  }

  private synchronized void opened(NativePort dpdk) {
    if (stopping.getCount() == 0) {
      dpdk.close();
      return;
    }
    OpenPort open = new OpenPort(name, config.device(), model, dpdk);
    port = Optional.of(open);
    registration =
        Optional.of(
            context.registerService(
                Port.class, open, FrameworkUtil.asDictionary(Map.of("ktsn.port", name))));
    LOG.info(
        "event=port-open port={} device={} rate-bit-s={} link-up={}",
        name,
        config.device(),
        model.rateBitsPerSecond(),
        open.status().linkUp());
  }

  /**
   * Throws away what the switch floods to us, and looks at the link: that is how DPDK notices a
   * lost peer.
   */
  private void tend(OpenPort open) {
    try {
      open.dpdk().discardReceived();
      open.status();
    } catch (ForeignException e) {
      LOG.warn("event=port-not-tended port={} reason=\"{}\"", name, e.getMessage());
    }
  }

  /** Closes the device after the data plane has left it. */
  @Deactivate
  void stop() throws InterruptedException {
    Optional<ServiceRegistration<Port>> registered;
    synchronized (this) {
      stopping.countDown();
      tender.stop();
      registered = registration;
    }
    registered.ifPresent(ServiceRegistration::unregister);
    if (registered.isEmpty()) {
      endWait();
    }
    if (!tender.join(Duration.ofSeconds(2))) {
      LOG.warn("event=port-thread-stuck port={} action=device-left-open", name);
      return;
    }
    port.ifPresent(open -> open.dpdk().close());
    LOG.info("event=port-closed port={}", name);
  }

  /** A vhost-user server that still waits for its peer gets one that leaves at once. */
  private void endWait() {
    Optional<Path> socket = socket();
    if (socket.isPresent() && Files.exists(socket.get())) {
      try (SocketChannel peer = SocketChannel.open(UnixDomainSocketAddress.of(socket.get()))) {
        LOG.debug("event=port-wait-ended connected={}", peer.isConnected());
      } catch (IOException e) {
        LOG.debug("event=port-wait-ended reason=\"{}\"", e.getMessage());
      }
    }
  }

  private void removeStaleSocket() throws IOException {
    Optional<Path> socket = socket();
    if (socket.isPresent()) {
      Files.deleteIfExists(socket.get());
    }
  }

  private Optional<Path> socket() {
    Matcher matcher = SOCKET.matcher(arguments);
    return matcher.find() ? Optional.of(Path.of(matcher.group(1))) : Optional.empty();
  }
}
