package org.ktsn.ingress;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.ktsn.api.ingress.ChannelMonitor;
import org.ktsn.api.ingress.ChannelStatus;
import org.ktsn.api.ingress.DatagramSink;
import org.ktsn.api.ingress.Ingress;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.pod.PodObserver;
import org.ktsn.api.stack.NeighbourHints;
import org.ktsn.api.stack.PodNetworkObserver;
import org.ktsn.foreign.ForeignException;
import org.ktsn.foreign.NativeMemory;
import org.ktsn.foreign.Poller;
import org.ktsn.foreign.Seqpacket;
import org.ktsn.runtime.FailureBook;
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
 * <p>Two threads: the channel thread owns sockets and channels, the planner owns the rings'
 * consuming ends. The planner sees the channels through an array that is replaced as a whole;
 * memory of a pod that has gone is unmapped only after the planner has begun a later turn.
 */
@Component(configurationPid = "org.ktsn.ingress")
@Designate(ocd = IngressComponent.Config.class)
public final class IngressComponent
    implements Ingress, ChannelMonitor, PodObserver, PodNetworkObserver {
  private static final Logger LOG = LoggerFactory.getLogger(IngressComponent.class);
  private static final long HELLO_LIMIT_NS = 5_000_000_000L;
  private static final int PER_POD_AND_TURN = 32;
  private static final int TICK_MS = 250;
  private static final long PLANNER_PATIENCE_NS = 1_000_000_000L;

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
        description = "octets of a slot, a multiple of 64 from 256 on: the MTU + 52 or more",
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

  private record Network(int interfaceIndex, int mtu, int generation) {}

  /** Memory that the planner may be looking at until it has begun a later turn. */
  private record Retired(Runnable close, long turn) {}

  private final Config config;
  private final Poller poller = Poller.open();
  private final Poller doorbells = Poller.open();
  private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final AtomicReference<Optional<NeighbourHints>> hints =
      new AtomicReference<>(Optional.empty());
  private final LastingThread thread;

  /** Channel thread only. */
  private final Map<Integer, PodChannel> byPod = new TreeMap<>();

  private final Map<Integer, Network> networks = new HashMap<>();
  private final Map<Integer, Runnable> handlers = new HashMap<>();
  private final Set<Integer> polled = new HashSet<>();
  private final FailureBook noProgramAccepted =
      new FailureBook(
          "a pod's channel",
          "programs wait; where descriptors are missing, lower programs.max or allow KTSNd more"
              + " (prlimit --nofile)");
  private final FailureBook programNotServed =
      new FailureBook(
          "what is done for a program at a pod's channel",
          "the program is hung up on, and takes the kernel's path; the log says more");
  private final RareEvent throttled = new RareEvent();
  private final RareEvent doorbellMuted = new RareEvent();
  private final RareEvent stranger = new RareEvent();
  private final RareEvent ringExchanged = new RareEvent();
  private final int programsMax;
  private long tickNs = System.nanoTime();
  private final ConcurrentLinkedQueue<Retired> retired = new ConcurrentLinkedQueue<>();
  private final int[] ready = new int[32];
  private long lastTurns;
  private long lastTurnNs = System.nanoTime() - PLANNER_PATIENCE_NS;
  private boolean lastDrained; // not before the planner has been here

  /** What the planner drains; replaced as a whole. */
  private volatile PodChannel[] channels = {};

  /** Counts the planner's turns. */
  private final AtomicLong turns = new AtomicLong();

  /** Planner thread only. */
  private int first;

  private boolean announced;
  private final int[] rang = new int[64];

  /** Starts the channel thread. */
  @Activate
  public IngressComponent(Config config) {
    this.config = config;
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
    programsMax = config.programs_max() == 0 ? OpenFiles.limit() / 2 : config.programs_max();
    thread =
        new LastingThread(Thread.ofPlatform().daemon(), "ktsn-channel", this::serve, this::end);
    thread.start();
  }

  /** Ends the channel thread; programs take the kernel's path. The planner has left by now. */
  @Deactivate
  void stop() throws InterruptedException {
    thread.stop();
    poller.wake();
    if (!thread.join(Duration.ofSeconds(5))) {
      LOG.error("event=channel-stuck action=left-behind");
      return;
    }
    noProgramAccepted.close();
    programNotServed.close();
    poller.close();
    doorbells.close();
  }

  @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
  void bindHints(NeighbourHints service) {
    hints.set(Optional.of(service));
  }

  void unbindHints(NeighbourHints service) {
    hints.updateAndGet(h -> h.isPresent() && h.get() == service ? Optional.empty() : h);
  }

  // ---- the planner's side ----

  @Override
  public int poll(DatagramSink sink, int budget) {
    PodChannel[] all = channels;
    turns.setRelease(turns.getPlain() + 1); // the planner is the only writer
    if (turns.getPlain() == 1) {
      poller.wake(); // programs may come now
    }
    if (all.length == 0) {
      return 0;
    }
    int taken = 0;
    long nowNs = System.nanoTime();
    first = first + 1 < all.length ? first + 1 : 0;
    for (int i = 0; i < all.length && taken < budget; i++) {
      int at = first + i < all.length ? first + i : first + i - all.length;
      taken += all[at].ring().poll(sink, Math.min(PER_POD_AND_TURN, budget - taken));
      all[at].tellSpace(nowNs);
    }
    return taken;
  }

  @Override
  public boolean prepareSleep(long wakeAtNs, long horizonNs) {
    long before = wakeAtNs > Long.MAX_VALUE - horizonNs ? Long.MAX_VALUE : wakeAtNs + horizonNs;
    PodChannel[] all = channels;
    for (PodChannel channel : all) {
      channel.doorbellBefore(before);
    }
    announced = true;
    NativeMemory.fullFence();
    for (PodChannel channel : all) {
      if (channel.ring().hasWork()) {
        return false;
      }
      channel.tellSpaceBeforeSleep();
    }
    return all == channels;
  }

  @Override
  public void awake() {
    if (announced) {
      announced = false;
      for (PodChannel channel : channels) {
        channel.doorbellBefore(Long.MIN_VALUE);
      }
      countRings();
    }
  }

  /** Who rings without need wakes the planner no more. */
  private void countRings() {
    int count = doorbells.awaitNs(rang, 0);
    if (count == 0) {
      return;
    }
    long nowNs = System.nanoTime();
    for (PodChannel channel : channels) {
      for (int i = 0; i < count; i++) {
        if (rang[i] == channel.pod().number()
            && !channel.ring().hasWork()
            && channel.doorbellWatch().rang(nowNs)) {
          poller.wake();
        }
      }
    }
  }

  @Override
  public int doorbell() {
    return doorbells.descriptor();
  }

  // ---- what others ask ----

  @Override
  public Optional<ChannelStatus> channel(int pod) {
    return Arrays.stream(channels)
        .filter(channel -> channel.pod().number() == pod)
        .findFirst()
        .map(PodChannel::shown);
  }

  // ---- pods ----

  @Override
  public void attached(Pod pod) {
    onChannelThread(() -> open(pod));
  }

  @Override
  public void detached(Pod pod) {
    onChannelThread(() -> close(pod.number()));
  }

  @Override
  public void network(int pod, int interfaceIndex, int mtu, int generation) {
    // not awaited: the mirror must not wait for another thread
    tasks.add(
        () -> {
          Network network = new Network(interfaceIndex, mtu, generation);
          networks.put(pod, network);
          PodChannel channel = byPod.get(pod);
          if (channel != null) {
            tell(channel, network);
          }
        });
    poller.wake();
  }

  private void onChannelThread(Runnable task) {
    CompletableFuture<Boolean> done = new CompletableFuture<>();
    tasks.add(
        () -> {
          try {
            task.run();
            done.complete(true);
          } catch (RuntimeException | Error e) {
            done.completeExceptionally(e);
          }
        });
    poller.wake();
    try {
      done.orTimeout(5, TimeUnit.SECONDS).join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException("the channel thread did not answer within 5 s", e);
    }
  }

  // ---- the channel thread ----

  private void serve() {
    int n = poller.await(ready, TICK_MS);
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      task.run();
    }
    for (int i = 0; i < n; i++) {
      Runnable handler = handlers.get(ready[i]);
      if (handler != null) {
        handler.run();
      }
    }
    unmapRetired();
    watchPlanner();
    watchPods();
  }

  private void end() {
    channels = new PodChannel[0];
    byPod.values().forEach(PodChannel::close);
    retired.forEach(r -> r.close().run());
  }

  /** What fails for one program, or one pod, does not keep the others waiting. */
  private void guard(Runnable action, Runnable otherwise) {
    try {
      action.run();
    } catch (RuntimeException | Error e) {
      boolean told = programNotServed.failed(e);
      LOG.debug("event=program-not-served told={}", told);
      otherwise.run();
    }
  }

  private void open(Pod pod) {
    PodChannel before = byPod.get(pod.number());
    if (before != null && before.pod().equals(pod)) {
      return; // who tells of pods was restarted; the pod was not
    }
    close(pod.number());
    try {
      Files.createDirectories(pod.channelSocket().getParent());
    } catch (IOException e) {
      throw new IllegalStateException(
          "the directory of " + pod.channelSocket() + " can't be made: " + e.getMessage(), e);
    }
    PodChannel channel =
        new PodChannel(pod, namespaceOf(pod), config.slot_count(), config.slot_octets());
    channel.drained(lastDrained);
    byPod.put(pod.number(), channel);
    Network network = networks.get(pod.number());
    if (network != null) {
      tell(channel, network);
    }
    watch(
        channel.listener().descriptor(),
        () -> guard(() -> acceptFrom(channel), () -> pause(channel)));
    doorbells.addEdge(channel.doorbell().descriptor(), pod.number());
    channels = byPod.values().toArray(PodChannel[]::new);
    LOG.info(
        "event=channel-open pod={} socket={} slots={}",
        pod.name(),
        pod.channelSocket(),
        config.slot_count());
  }

  private static long namespaceOf(Pod pod) {
    try {
      return (Long) Files.getAttribute(pod.networkNamespace(), "unix:ino");
    } catch (IOException e) {
      throw new IllegalStateException(
          "network namespace "
              + pod.networkNamespace()
              + " of pod '"
              + pod.name()
              + "' can't be looked at ("
              + e
              + "); has its container ended?",
          e);
    }
  }

  private void tell(PodChannel channel, Network network) {
    int room = config.slot_octets() - ChannelLayout.SLOT_HEADER_OCTETS;
    channel.network(
        network.interfaceIndex(), Math.min(network.mtu(), room + 28), network.generation());
  }

  private void close(int pod) {
    PodChannel channel = byPod.remove(pod);
    if (channel == null) {
      return;
    }
    networks.remove(pod);
    channels = byPod.values().toArray(PodChannel[]::new);
    if (!channel.doorbellWatch().isMuted()) {
      doorbells.remove(channel.doorbell().descriptor());
    }
    unwatch(channel.listener().descriptor());
    channel.programs().forEach(p -> unwatch(p.descriptor()));
    channel.hangUp();
    try {
      Files.deleteIfExists(channel.pod().channelSocket());
    } catch (IOException e) {
      LOG.warn(
          "event=socket-not-removed socket={} reason=\"{}\"",
          channel.pod().channelSocket(),
          e.getMessage());
    }
    retired.add(new Retired(channel::close, turns.get()));
    LOG.info("event=channel-closed pod={}", channel.pod().name());
  }

  /** While nobody drains the rings, programs must not fill them. */
  private void watchPlanner() {
    long now = System.nanoTime();
    if (turns.get() != lastTurns) {
      lastTurns = turns.get();
      lastTurnNs = now;
    }
    boolean drained = now - lastTurnNs < PLANNER_PATIENCE_NS;
    byPod.values().forEach(channel -> channel.drained(drained));
    if (drained != lastDrained) {
      lastDrained = drained;
      LOG.info("event=rings-{}", drained ? "drained-again" : "not-drained effect=kernel-path");
    }
  }

  private void unmapRetired() {
    for (Iterator<Retired> i = retired.iterator(); i.hasNext(); ) {
      Retired r = i.next();
      if (turns.get() >= r.turn() + 2) {
        r.close().run();
        i.remove();
      }
    }
  }

  private void watch(int descriptor, Runnable handler) {
    handlers.put(descriptor, handler);
    poll(descriptor);
  }

  private void unwatch(int descriptor) {
    handlers.remove(descriptor);
    rest(descriptor);
  }

  private void poll(int descriptor) {
    if (polled.add(descriptor)) {
      poller.add(descriptor, descriptor);
    }
  }

  private void rest(int descriptor) {
    if (polled.remove(descriptor)) {
      poller.remove(descriptor);
    }
  }

  /** Leaves a pod's sockets alone until the next tick. */
  private void pause(PodChannel channel) {
    if (channel.allowance().isPaused()) {
      return;
    }
    channel.allowance().pause();
    rest(channel.listener().descriptor());
    channel.programs().forEach(program -> rest(program.descriptor()));
    long times = throttled.happened(System.nanoTime());
    if (times > 0) {
      LOG.warn(
          "event=channel-throttled pod={} times={} reason=\"too many connections or messages\"",
          channel.pod().name(),
          times);
    }
  }

  /** Once a tick: pods have a new allowance; who says nothing goes; doorbells are heard again. */
  private void watchPods() {
    long nowNs = System.nanoTime();
    for (PodChannel channel : channels) {
      if (channel.doorbellWatch().beginMute(nowNs)) {
        doorbells.remove(channel.doorbell().descriptor());
        long times = doorbellMuted.happened(nowNs);
        if (times > 0) {
          LOG.warn("event=doorbell-muted pod={} times={}", channel.pod().name(), times);
        }
      }
    }
    if (nowNs - tickNs < TimeUnit.MILLISECONDS.toNanos(TICK_MS)) {
      return;
    }
    tickNs = nowNs;
    for (PodChannel channel : channels) {
      channel.silentSince(nowNs - HELLO_LIMIT_NS).forEach(program -> part(channel, program));
      if (channel.allowance().isPaused()) {
        poll(channel.listener().descriptor());
        channel.programs().forEach(program -> poll(program.descriptor()));
      }
      channel.allowance().renew();
      if (channel.isToBeRenewed()) {
        exchangeRing(channel);
      }
      if (channel.doorbellWatch().endMute(nowNs)) {
        doorbells.addEdge(channel.doorbell().descriptor(), channel.pod().number());
      }
    }
  }

  /** The pod's programs come again, and get fresh memory. */
  private void exchangeRing(PodChannel channel) {
    List.copyOf(channel.programs()).stream()
        .filter(channel::isWelcomed) // whoever is about to say HELLO gets the new one
        .forEach(program -> part(channel, program));
    retired.add(new Retired(channel.renew()::close, turns.get()));
    long times = ringExchanged.happened(System.nanoTime());
    if (times > 0) {
      LOG.info("event=ring-exchanged pod={} times={}", channel.pod().name(), times);
    }
  }

  private void acceptFrom(PodChannel channel) {
    if (!channel.allowance().take()) {
      pause(channel);
      return;
    }
    Optional<Seqpacket> accepted;
    try {
      accepted = channel.listener().accept();
      noProgramAccepted.well();
    } catch (ForeignException e) {
      pause(channel); // it waits there still
      boolean told = noProgramAccepted.failed(e);
      LOG.debug("event=program-not-accepted pod={} told={}", channel.pod().name(), told);
      return;
    }
    if (accepted.isEmpty()) {
      return;
    }
    Seqpacket program = accepted.get();
    Optional<String> refusal = refusal(channel, program);
    if (refusal.isPresent()) {
      turnAway(channel, program, refusal.get());
      return;
    }
    channel.arrived(program, System.nanoTime());
    watch(
        program.descriptor(),
        () -> guard(() -> hear(channel, program), () -> part(channel, program)));
  }

  /** Says why a program is not let in. */
  private Optional<String> refusal(PodChannel channel, Seqpacket program) {
    if (!channel.isAtHome(program)) {
      long times = stranger.happened(System.nanoTime());
      if (times > 0) {
        LOG.warn(
            "event=stranger-refused pod={} process={} user={} times={}",
            channel.pod().name(),
            program.process(),
            program.user(),
            times);
      }
      return Optional.of("this channel is for programs in the network namespace of its pod");
    }
    int others = byPod.values().stream().mapToInt(PodChannel::connections).sum();
    int most = Math.min(config.programs_per_pod(), programsMax - others);
    return channel.connections() < most
        ? Optional.empty()
        : Optional.of(channel.connections() + " programs of this pod are connected already");
  }

  private static void turnAway(PodChannel channel, Seqpacket program, String reason) {
    try (Arena arena = Arena.ofConfined()) {
      // Closed with its HELLO unread, the connection would be reset, and the reason lost.
      int unread = program.receive(arena.allocate(256, 8));
      if (unread != Seqpacket.GONE) {
        refuse(program, reason);
      }
    }
    channel.dismiss(program);
  }

  private void part(PodChannel channel, Seqpacket program) {
    unwatch(program.descriptor());
    channel.left(program);
    channel.dismiss(program);
    if (channel.programs().isEmpty()) {
      channel.ring().everyoneLeft();
    }
  }

  private void hear(PodChannel channel, Seqpacket program) {
    if (!channel.allowance().take()) {
      pause(channel);
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment message = arena.allocate(256, 8);
      int octets = program.receive(message);
      if (octets == Seqpacket.NOTHING) {
        return;
      }
      if (octets == Seqpacket.GONE || !understand(channel, program, message.asSlice(0, octets))) {
        part(channel, program);
      }
    } catch (ForeignException e) {
      LOG.debug(
          "event=program-not-answered pod={} reason=\"{}\"", channel.pod().name(), e.getMessage());
    }
  }

  private boolean understand(PodChannel channel, Seqpacket program, MemorySegment message) {
    if (message.byteSize() < 8
        || int32(message, ChannelLayout.MESSAGE_MAGIC) != ChannelLayout.MAGIC) {
      refuse(program, "this is KTSN's channel; the first message must be HELLO");
      return false;
    }
    int version = int16(message, ChannelLayout.MESSAGE_VERSION);
    int type = int16(message, ChannelLayout.MESSAGE_TYPE);
    if (version != ChannelLayout.VERSION) {
      refuse(
          program,
          "libktsn speaks version "
              + version
              + " of the channel, KTSNd version "
              + ChannelLayout.VERSION
              + "; install both from one release");
      return false;
    }
    if (type == ChannelLayout.HELLO && channel.isWelcomed(program)) {
      refuse(program, "HELLO was said already; a program connects once");
      return false;
    }
    if (type == ChannelLayout.HELLO && message.byteSize() >= ChannelLayout.HELLO_OCTETS) {
      welcome(channel, program, message);
      return true;
    }
    if (type == ChannelLayout.RESOLVE && message.byteSize() >= ChannelLayout.RESOLVE_OCTETS) {
      resolve(channel.pod().number(), message);
      return true;
    }
    refuse(program, "message type " + type + " of " + message.byteSize() + " octets is unknown");
    return false;
  }

  private void welcome(PodChannel channel, Seqpacket program, MemorySegment hello) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment welcome = message(arena, ChannelLayout.WELCOME, ChannelLayout.WELCOME_OCTETS);
      welcome.set(
          ValueLayout.JAVA_INT,
          ChannelLayout.WELCOME_STATUS_OCTETS,
          (int) channel.status().octets());
      welcome.set(
          ValueLayout.JAVA_INT,
          ChannelLayout.WELCOME_RING_OCTETS,
          (int) channel.ringMemory().octets());
      welcome.set(ValueLayout.JAVA_INT, ChannelLayout.WELCOME_SLOT_COUNT, channel.slotCount());
      welcome.set(ValueLayout.JAVA_INT, ChannelLayout.WELCOME_SLOT_OCTETS, channel.slotOctets());
      program.send(
          welcome,
          channel.status().descriptor(),
          channel.ringMemory().descriptor(),
          channel.doorbell().descriptor(),
          channel.space().descriptor());
    }
    String name = programName(hello);
    channel.welcomed(program, name);
    LOG.debug(
        "event=program-connected pod={} process={} user={} program={}",
        channel.pod().name(),
        program.process(),
        program.user(),
        name);
  }

  private static String programName(MemorySegment hello) {
    int begin = ChannelLayout.HELLO_PROGRAM;
    byte[] octets =
        hello.asSlice(begin, ChannelLayout.HELLO_OCTETS - begin).toArray(ValueLayout.JAVA_BYTE);
    return new String(octets, StandardCharsets.US_ASCII).replaceAll("[^!-~]", "");
  }

  private void resolve(int pod, MemorySegment message) {
    if (message.get(ValueLayout.JAVA_BYTE, ChannelLayout.RESOLVE_FAMILY) == ChannelLayout.AF_INET) {
      int nextHop = Integer.reverseBytes(int32(message, ChannelLayout.RESOLVE_NEXT_HOP));
      hints.get().ifPresent(h -> h.resolve(pod, nextHop));
    }
  }

  private static void refuse(Seqpacket program, String reason) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment refused = message(arena, ChannelLayout.REFUSED, ChannelLayout.REFUSED_OCTETS);
      byte[] octets = reason.getBytes(StandardCharsets.UTF_8);
      int room = ChannelLayout.REFUSED_OCTETS - ChannelLayout.REFUSED_REASON - 1;
      MemorySegment.copy(
          octets,
          0,
          refused,
          ValueLayout.JAVA_BYTE,
          ChannelLayout.REFUSED_REASON,
          Math.min(room, octets.length));
      program.send(refused);
    } catch (ForeignException e) {
      LOG.debug("event=program-not-refused reason=\"{}\"", e.getMessage());
    }
  }

  private static MemorySegment message(Arena arena, int type, int octets) {
    MemorySegment message = arena.allocate(octets, 8);
    message.set(ValueLayout.JAVA_INT, ChannelLayout.MESSAGE_MAGIC, ChannelLayout.MAGIC);
    message.set(
        ValueLayout.JAVA_SHORT, ChannelLayout.MESSAGE_VERSION, (short) ChannelLayout.VERSION);
    message.set(ValueLayout.JAVA_SHORT, ChannelLayout.MESSAGE_TYPE, (short) type);
    return message;
  }

  private static int int32(MemorySegment message, long offset) {
    return message.get(ValueLayout.JAVA_INT, offset);
  }

  private static int int16(MemorySegment message, long offset) {
    return message.get(ValueLayout.JAVA_SHORT, offset) & 0xffff;
  }
}
