package org.ktsn.ingress;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.ktsn.api.health.HealthSource;
import org.ktsn.api.health.Trouble;
import org.ktsn.api.ingress.ChannelMonitor;
import org.ktsn.api.ingress.ChannelStatus;
import org.ktsn.api.ingress.DatagramSink;
import org.ktsn.api.ingress.Ingress;
import org.ktsn.api.ingress.Report;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.pod.PodObserver;
import org.ktsn.api.stack.NeighbourHints;
import org.ktsn.api.stack.PodNetworkObserver;
import org.ktsn.foreign.SharedMemory;
import org.ktsn.runtime.CommandQueue;
import org.ktsn.runtime.LastingThread;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ingress: meets programs at the pods' sockets and lets the planner drain their rings.
 *
 * <p>Two threads: the channel thread owns sockets and channels ({@link PodChannels}, {@link
 * ProgramReception}), the planner owns the rings' consuming ends ({@link RingDrain}). Others hand
 * the channel thread commands.
 */
@Component(configurationPid = "org.ktsn.ingress")
@Designate(ocd = IngressComponent.Config.class)
public final class IngressComponent
    implements Ingress, ChannelMonitor, PodObserver, PodNetworkObserver, HealthSource {
  private static final Logger LOG = LoggerFactory.getLogger(IngressComponent.class);

  /** How large the rings are. */
  @ObjectClassDefinition(name = "KTSN ingress")
  public @interface Config {
    /** Slots. */
    @AttributeDefinition(
        description = "slots of a pod's ring, a power of two from 2 to 65536",
        min = "2",
        max = "65536")
    int slot_count() default 1024;

    /** Slot size. */
    @AttributeDefinition(
        description = "octets of a slot, a multiple of 64 from 256 on: the MTU + 146 or more",
        min = "256",
        max = "65536")
    int slot_octets() default 2048;

    /** Programs of a pod. */
    @AttributeDefinition(
        description = "how many programs of one pod may be connected, at most",
        min = "1")
    int programs_per_pod() default 256;

    /** Programs. */
    @AttributeDefinition(
        description =
            "how many programs of all pods may be connected, at most; 0: half of the descriptors"
                + " that KTSNd may have. No pod gets more than is left for the others.",
        min = "0")
    int programs_max() default 0;
  }

  private final SocketWatch sockets = new SocketWatch();
  private final RingDrain drain;
  private final RingProtection protection;
  private final PodChannels channels;
  private final CommandQueue commands = new CommandQueue("ktsn-channel", sockets::wake);
  private final LastingThread thread;

  /** Starts the channel thread. */
  @Activate
  public IngressComponent(Config config) {
    this(config, new RingProtection(SharedMemory::keepPages));
  }

  IngressComponent(Config config, RingProtection protection) {
    this.protection = protection;
    if (Integer.bitCount(config.slot_count()) != 1
        || config.slot_count() < 2
        || config.slot_count() > 65536) {
      throw new IllegalArgumentException(
          "slot.count is " + config.slot_count() + "; give a power of two from 2 to 65536");
    }
    if (config.slot_octets() < 256
        || config.slot_octets() % 64 != 0
        || config.slot_octets() > 65536) {
      throw new IllegalArgumentException(
          "slot.octets is " + config.slot_octets() + "; give a multiple of 64 from 256 to 65536");
    }
    if (config.programs_per_pod() < 1 || config.programs_max() < 0) {
      throw new IllegalArgumentException(
          "programs.per.pod is "
              + config.programs_per_pod()
              + " and programs.max "
              + config.programs_max()
              + "; give at least 1 and at least 0");
    }
    RingRehearsal.run();
    drain = new RingDrain(sockets::wake);
    channels = new PodChannels(config, sockets, drain, protection);
    thread =
        new LastingThread(Thread.ofPlatform().daemon(), "ktsn-channel", this::serve, channels::end);
    thread.start();
  }

  /** Ends the channel thread; programs take the kernel's path. The planner has left by now. */
  @Deactivate
  void stop() throws InterruptedException {
    thread.stop();
    sockets.wake();
    if (!thread.join(Duration.ofSeconds(5))) {
      LOG.error("event=channel-stuck action=left-behind");
      return;
    }
    channels.reception().close();
    sockets.close();
    drain.close();
  }

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  void bindHints(NeighbourHints service) {
    channels.reception().ask(service);
  }

  void unbindHints(NeighbourHints service) {
    channels.reception().forget(service);
  }

  @Override
  public int poll(DatagramSink sink, int budget) {
    return drain.poll(sink, budget);
  }

  @Override
  public boolean prepareSleep(long wakeAtNs, long horizonNs) {
    return drain.prepareSleep(wakeAtNs, horizonNs);
  }

  @Override
  public void awake() {
    drain.awake();
  }

  @Override
  public void report(Report report) {
    drain.report(report);
  }

  @Override
  public int doorbell() {
    return drain.doorbell();
  }

  @Override
  public Optional<ChannelStatus> channel(int pod) {
    return Arrays.stream(drain.channels())
        .filter(channel -> channel.pod().number() == pod)
        .findFirst()
        .map(PodChannel::shown);
  }

  @Override
  public List<Trouble> troubles() {
    return protection.troubles();
  }

  @Override
  public void attached(Pod pod) {
    commands.run(() -> channels.open(pod));
  }

  @Override
  public void detached(Pod pod) {
    commands.run(() -> channels.close(pod.number()));
  }

  @Override
  public void network(int pod, int interfaceIndex, int mtu, int generation) {
    // not awaited: the mirror must not wait for another thread
    commands.post(() -> channels.network(pod, interfaceIndex, mtu, generation));
  }

  private void serve() {
    int count = sockets.await(PodChannels.TICK_MS);
    commands.obey();
    sockets.handle(count);
    channels.turn();
  }
}
