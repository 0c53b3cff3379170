package org.ktsn.stack.udp;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.pod.PodException;
import org.ktsn.api.pod.PodObserver;
import org.ktsn.api.stack.NeighbourHints;
import org.ktsn.api.stack.PodNetworkObserver;
import org.ktsn.foreign.ForeignException;
import org.ktsn.foreign.Poller;
import org.ktsn.runtime.LastingThread;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Mirrors what the pods' kernels know of the network: one thread, one {@link PodMirror} per pod.
 *
 * <p>Other threads hand commands to that thread and, where they must, wait for it: a pod's network
 * is mirrored before {@link #attached} returns, and let go before {@link #detached} returns. The
 * planner only reads the newest snapshot, and never waits.
 *
 * <p>A namespace that is deleted while its pod is attached is let go within a second (an open
 * socket would keep it alive), and taken up again if it comes back under the same name.
 */
@Component(
    name = "org.ktsn.stack.udp.mirror",
    immediate = true,
    service = {PodObserver.class, NeighbourHints.class, PodNetworks.class})
public final class NetworkMirror implements PodObserver, NeighbourHints, PodNetworks {
  private static final Logger LOG = LoggerFactory.getLogger(NetworkMirror.class);

  private static final int BUFFER_OCTETS = 64 * 1024;
  private static final int TOKENS = 64;
  private static final int HINTS = 1024;
  private static final long HINT_INTERVAL_NS = 200_000_000L;
  private static final long CHECK_INTERVAL_NS = 1_000_000_000L;
  private static final long ANSWER_LIMIT_SECONDS = 5;

  private final RouteSocket.Factory sockets;
  private final Poller poller;
  private final AtomicReferenceArray<PodNetwork> networks =
      new AtomicReferenceArray<>(Pod.MAX_PODS);
  private final Queue<Runnable> commands = new ConcurrentLinkedQueue<>();
  private final Queue<Long> hints = new ArrayBlockingQueue<>(HINTS);
  private final ResolutionQueue requests = new ResolutionQueue();
  private final LastingThread thread;

  /** Guarded by {@code poller}. */
  private boolean ended;

  // The rest belongs to the mirror thread.
  private final int[] ready = new int[TOKENS];
  private final MemorySegment buffer = Arena.ofAuto().allocate(BUFFER_OCTETS, 8);
  private final Map<Integer, Attachment> attachments = new HashMap<>();
  private final List<PodNetworkObserver> observers = new ArrayList<>();
  private final ResolutionLimiter hintLimiter = new ResolutionLimiter();
  private int generation = firstGeneration();
  private long checkNs;

  /** Made by the component runtime. */
  @Activate
  public NetworkMirror() {
    this(RouteSocket::toKernel);
  }

  NetworkMirror(RouteSocket.Factory sockets) {
    this.sockets = sockets;
    for (int pod = 0; pod < Pod.MAX_PODS; pod++) {
      networks.setPlain(pod, PodNetwork.GONE);
    }
    poller = Poller.open();
    thread =
        new LastingThread(
            Thread.ofPlatform().daemon(), "ktsn-network-mirror", this::turn, this::end);
    thread.start();
  }

  /** Ends the mirror: all pods are let go. */
  @Deactivate
  public void close() {
    thread.stop();
    wake();
    try {
      if (!thread.join(Duration.ofSeconds(ANSWER_LIMIT_SECONDS))) {
        LOG.error("event=mirror-stuck action=left-behind");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Adds an observer and tells it of every pod. Any thread. */
  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  void addObserver(PodNetworkObserver observer) {
    command(
        () -> {
          observers.add(observer);
          for (Attachment attachment : attachments.values()) {
            if (attachment.isTold()) {
              attachment.tell(observer);
            }
          }
        });
  }

  /** Removes an observer. Any thread. */
  void removeObserver(PodNetworkObserver observer) {
    command(() -> observers.remove(observer));
  }

  @Override
  public PodNetwork network(int pod) {
    return networks.getAcquire(pod);
  }

  @Override
  public boolean request(int pod, int nextHop) {
    return offer(pod, nextHop, false);
  }

  @Override
  public boolean doubt(int pod, int nextHop) {
    return offer(pod, nextHop, true);
  }

  private boolean offer(int pod, int nextHop, boolean doubt) {
    boolean taken = !thread.isStopping() && requests.offer(pod, nextHop, doubt);
    if (taken) {
      poller.wake();
    }
    return taken;
  }

  @Override
  public void resolve(int pod, int nextHop) {
    boolean valid = pod >= 0 && pod < Pod.MAX_PODS;
    if (valid && hints.offer(ResolutionQueue.key(pod, nextHop))) {
      wake();
    }
  }

  @Override
  public void attached(Pod pod) {
    CompletableFuture<PodNetwork> mirrored = new CompletableFuture<>();
    command(() -> attach(pod, mirrored));
    try {
      requireInterface(pod, await(pod, mirrored));
    } catch (PodException e) {
      command(() -> detach(pod.number()));
      throw e;
    }
  }

  @Override
  public void detached(Pod pod) {
    CompletableFuture<PodNetwork> done = new CompletableFuture<>();
    command(
        () -> {
          detach(pod.number());
          done.complete(PodNetwork.GONE);
        });
    await(pod, done);
  }

  private static void requireInterface(Pod pod, PodNetwork network) {
    if (network.attachment().index() == 0) {
      throw new PodException(
          "pod '%s' has no interface '%s' in network namespace %s; create the interface before the"
                  .formatted(pod.name(), pod.interfaceName(), pod.networkNamespace())
              + " pod is attached");
    }
  }

  private static PodNetwork await(Pod pod, CompletableFuture<PodNetwork> answer) {
    try {
      return answer.get(ANSWER_LIMIT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new PodException(
          "the network of pod '%s' can't be read: %s; check that network namespace %s exists"
              .formatted(pod.name(), e.getCause().getMessage(), pod.networkNamespace()),
          e.getCause());
    } catch (TimeoutException e) {
      throw new PodException(
          "the network of pod '%s' could not be read within %d s; the host is overloaded, try again"
              .formatted(pod.name(), ANSWER_LIMIT_SECONDS),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PodException(
          "the network of pod '%s' was not read because the thread was interrupted; try again"
              .formatted(pod.name()),
          e);
    }
  }

  private void command(Runnable command) {
    commands.add(command);
    wake();
  }

  /** Wakes the mirror thread unless its poller is closed. Not for the planner: it takes a lock. */
  private void wake() {
    synchronized (poller) {
      if (!ended) {
        poller.wake();
      }
    }
  }

  // ---- mirror thread ----

  private void turn() {
    int count = poller.awaitNs(ready, timeoutNs());
    obeyCommands();
    for (int i = 0; i < count; i++) {
      Attachment attachment = attachments.get(ready[i]);
      if (attachment != null) {
        attachment.guard(PodMirror::receive);
      }
    }
    answerRequests();
    answerHints();
    long nowNs = System.nanoTime();
    boolean check = nowNs - checkNs >= 0;
    if (check) {
      checkNs = nowNs + CHECK_INTERVAL_NS;
    }
    for (Attachment attachment : attachments.values()) {
      if (check) {
        attachment.check();
      }
      if (nowNs >= attachment.dueNs()) {
        attachment.guard(PodMirror::tick);
      }
    }
  }

  private void end() {
    for (Integer number : List.copyOf(attachments.keySet())) {
      detach(number);
    }
    synchronized (poller) {
      ended = true;
      poller.close();
    }
  }

  private void obeyCommands() {
    for (Runnable command = commands.poll(); command != null; command = commands.poll()) {
      try {
        command.run();
      } catch (RuntimeException | Error e) { // of one pod; the others go on
        LOG.error("event=command-failed", e);
      }
    }
  }

  private long timeoutNs() {
    if (attachments.isEmpty()) {
      return -1;
    }
    long nowNs = System.nanoTime();
    long timeoutNs = checkNs - nowNs;
    for (Attachment attachment : attachments.values()) {
      timeoutNs = Math.min(timeoutNs, attachment.dueNs() - nowNs);
    }
    return Math.max(0, timeoutNs);
  }

  private void answerRequests() {
    for (long request = requests.poll();
        request != ResolutionQueue.EMPTY;
        request = requests.poll()) {
      Attachment attachment = attachments.get(ResolutionQueue.pod(request));
      if (attachment != null) {
        int nextHop = ResolutionQueue.nextHop(request);
        boolean doubt = ResolutionQueue.isDoubt(request);
        attachment.guard(mirror -> mirror.ask(nextHop, doubt));
      }
    }
  }

  private void answerHints() {
    for (Long hint = hints.poll(); hint != null; hint = hints.poll()) {
      int pod = ResolutionQueue.pod(hint);
      PodNetwork network = networks.getPlain(pod);
      int nextHop = ResolutionQueue.nextHop(hint);
      if (!network.leadsTo(nextHop)) {
        continue;
      }
      boolean known = NeighbourTable.state(network.neighbour(nextHop)) == NeighbourTable.REACHABLE;
      Attachment attachment = attachments.get(pod);
      if (!known
          && attachment != null
          && hintLimiter.permit(pod, nextHop, System.nanoTime(), HINT_INTERVAL_NS)) {
        attachment.guard(mirror -> mirror.use(nextHop));
      }
    }
  }

  private void attach(Pod pod, CompletableFuture<PodNetwork> mirrored) {
    detach(pod.number());
    Attachment attachment = new Attachment(pod, mirrored);
    try {
      attachment.open();
    } catch (RuntimeException | Error e) {
      mirrored.completeExceptionally(e);
      return;
    }
    attachments.put(pod.number(), attachment);
  }

  private void detach(int number) {
    Attachment attachment = attachments.remove(number);
    if (attachment != null) {
      attachment.close();
      networks.setRelease(number, PodNetwork.GONE);
    }
  }

  /** Differs from that of any earlier mirror, so that nobody takes an old network for a new one. */
  private static int firstGeneration() {
    return (int) (System.currentTimeMillis() / 64) & Integer.MAX_VALUE;
  }

  /** A network namespace, whatever its name: device and inode of its file. */
  private record Identity(Object device, Object inode) {
    static Optional<Identity> of(Path networkNamespace) {
      try {
        Map<String, Object> attributes = Files.readAttributes(networkNamespace, "unix:dev,ino");
        return Optional.of(new Identity(attributes.get("dev"), attributes.get("ino")));
      } catch (IOException e) {
        return Optional.empty();
      }
    }
  }

  /** A pod, and its mirror while its namespace exists. Mirror thread only. */
  private final class Attachment implements PodMirror.Listener {
    private final Pod pod;
    private final CompletableFuture<PodNetwork> mirrored;
    private Optional<Identity> identity = Optional.empty();
    private Optional<PodMirror> mirror = Optional.empty();
    private int toldGeneration;
    private boolean told;

    Attachment(Pod pod, CompletableFuture<PodNetwork> mirrored) {
      this.pod = pod;
      this.mirrored = mirrored;
    }

    void open() {
      identity = Identity.of(pod.networkNamespace());
      RouteSocket socket = sockets.open(pod.networkNamespace());
      poller.add(socket.fd(), pod.number());
      mirror = Optional.of(new PodMirror(pod, socket, buffer, this, System::nanoTime));
    }

    void close() {
      mirror.ifPresent(
          open -> {
            try {
              poller.remove(open.fd());
            } catch (ForeignException e) {
              LOG.debug("pod={} event=not-polled reason={}", pod.name(), e.getMessage());
            }
            open.close();
          });
      mirror = Optional.empty();
    }

    long dueNs() {
      return mirror.map(PodMirror::dueNs).orElse(Long.MAX_VALUE);
    }

    /** Does something with the mirror; if that fails it is made anew at the next check. */
    void guard(Consumer<PodMirror> action) {
      try {
        mirror.ifPresent(action);
      } catch (RuntimeException | Error e) { // whatever it is: the other pods' mirrors go on
        LOG.error("pod={} event=mirror-failed", pod.name(), e);
        letGo();
      }
    }

    /** Looks whether the namespace is still the one that is mirrored. */
    void check() {
      Optional<Identity> now = Identity.of(pod.networkNamespace());
      if (mirror.isPresent() && !now.equals(identity)) {
        LOG.warn("pod={} event=namespace-gone namespace={}", pod.name(), pod.networkNamespace());
        letGo();
      }
      if (mirror.isEmpty() && now.isPresent()) {
        try {
          open();
        } catch (ForeignException e) {
          LOG.debug("pod={} event=namespace-not-ready reason={}", pod.name(), e.getMessage());
        }
      }
    }

    private void letGo() {
      close();
      networks.setRelease(pod.number(), PodNetwork.GONE);
      tellAll();
    }

    @Override
    public void published(Pod published, PodNetwork network, boolean networkChanged) {
      networks.setRelease(pod.number(), network);
      if (networkChanged) {
        tellAll();
      }
      if (!mirrored.isDone()) {
        PodNetwork.Interface now = network.attachment();
        LOG.info(
            "pod={} event=mirrored interface={} index={} usable={} mac={} mtu={} addresses={}",
            pod.name(),
            pod.interfaceName(),
            now.index(),
            now.usable(),
            now.mac(),
            now.mtu(),
            network.addressCount());
      }
      mirrored.complete(network);
    }

    boolean isTold() {
      return told;
    }

    private void tellAll() {
      toldGeneration = ++generation;
      told = true;
      observers.forEach(this::tell);
    }

    void tell(PodNetworkObserver observer) {
      PodNetwork.Interface now = networks.getPlain(pod.number()).attachment();
      int index = now.usable() ? now.index() : 0;
      try {
        observer.network(pod.number(), index, now.mtu(), toldGeneration);
      } catch (RuntimeException | Error e) {
        LOG.error("pod={} event=observer-failed", pod.name(), e);
      }
    }
  }
}
