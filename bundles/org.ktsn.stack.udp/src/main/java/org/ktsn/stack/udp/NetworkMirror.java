package org.ktsn.stack.udp;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.pod.PodException;
import org.ktsn.api.pod.PodObserver;
import org.ktsn.api.stack.AddressFamily;
import org.ktsn.api.stack.NeighbourHints;
import org.ktsn.api.stack.PodNetworkObserver;
import org.ktsn.foreign.Poller;
import org.ktsn.runtime.CommandQueue;
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
 * Mirrors what the pods' kernels know of the network: one thread, one {@link MirroredPod} per pod.
 *
 * <p>Other threads hand commands to that thread and, where they must, wait for it: a pod's network
 * is mirrored before {@link #attached} returns, and let go before {@link #detached} returns. The
 * planner only reads the newest snapshot, and never waits.
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
  private final PublishedNetworks networks = new PublishedNetworks();
  private final CommandQueue commands = new CommandQueue("ktsn-network-mirror", this::wake);
  private final Queue<Hint> hints = new ArrayBlockingQueue<>(HINTS);
  private final ResolutionQueue requests = new ResolutionQueue();
  private final LastingThread thread;

  /** A neighbour that a pod will need. */
  private record Hint(int pod, IpAddress nextHop) {}

  /** Guarded by {@code poller}. */
  private boolean ended;

  // The rest belongs to the mirror thread.
  private final int[] ready = new int[TOKENS];
  private final MemorySegment buffer = Arena.ofAuto().allocate(BUFFER_OCTETS, 8);
  private final Map<Integer, MirroredPod> pods = new HashMap<>();
  private final ResolutionLimiter hintLimiter = new ResolutionLimiter();
  private long checkNs;

  /** Made by the component runtime. */
  @Activate
  public NetworkMirror() {
    this(RouteSocket::toKernel);
  }

  NetworkMirror(RouteSocket.Factory sockets) {
    this.sockets = sockets;
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
    commands.post(() -> networks.add(observer));
  }

  /** Removes an observer. Any thread. */
  void removeObserver(PodNetworkObserver observer) {
    commands.post(() -> networks.remove(observer));
  }

  @Override
  public PodNetwork network(int pod) {
    return networks.network(pod);
  }

  @Override
  public boolean request(int pod, long high, long low) {
    return offer(pod, high, low, false);
  }

  @Override
  public boolean doubt(int pod, long high, long low) {
    return offer(pod, high, low, true);
  }

  private boolean offer(int pod, long high, long low, boolean doubt) {
    boolean taken = !thread.isStopping() && requests.offer(pod, high, low, doubt);
    if (taken) {
      poller.wake();
    }
    return taken;
  }

  @Override
  public void resolve(int pod, AddressFamily family, long nextHopHigh, long nextHopLow) {
    if (pod < 0 || pod >= Pod.MAX_PODS) {
      return;
    }
    IpAddress nextHop =
        switch (family) {
          case INET -> IpAddress.ipv4(AddressFamily.ipv4(nextHopHigh));
          case INET6 -> new IpAddress(nextHopHigh, nextHopLow);
          case PACKET -> IpAddress.NONE;
        };
    boolean named = nextHop.isIpv4() == (family == AddressFamily.INET);
    if (named && family != AddressFamily.PACKET && hints.offer(new Hint(pod, nextHop))) {
      wake();
    }
  }

  @Override
  public void attached(Pod pod) {
    CompletableFuture<PodNetwork> mirrored = new CompletableFuture<>();
    commands.post(() -> attach(pod, mirrored));
    try {
      requireInterface(pod, await(pod, mirrored));
    } catch (PodException e) {
      commands.post(() -> detach(pod.number()));
      throw e;
    }
  }

  @Override
  public void detached(Pod pod) {
    CompletableFuture<PodNetwork> done = new CompletableFuture<>();
    commands.post(
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
    commands.obey();
    for (int i = 0; i < count; i++) {
      MirroredPod mirrored = pods.get(ready[i]);
      if (mirrored != null) {
        mirrored.guard(PodMirror::receive);
      }
    }
    answerRequests();
    answerHints();
    long nowNs = System.nanoTime();
    boolean check = nowNs - checkNs >= 0;
    if (check) {
      checkNs = nowNs + CHECK_INTERVAL_NS;
    }
    for (MirroredPod mirrored : pods.values()) {
      if (check) {
        mirrored.check();
      }
      if (nowNs >= mirrored.dueNs()) {
        mirrored.guard(PodMirror::tick);
      }
    }
  }

  private void end() {
    for (Integer number : List.copyOf(pods.keySet())) {
      detach(number);
    }
    synchronized (poller) {
      ended = true;
      poller.close();
    }
  }

  private long timeoutNs() {
    if (pods.isEmpty()) {
      return -1;
    }
    long nowNs = System.nanoTime();
    long timeoutNs = checkNs - nowNs;
    for (MirroredPod mirrored : pods.values()) {
      timeoutNs = Math.min(timeoutNs, mirrored.dueNs() - nowNs);
    }
    return Math.max(0, timeoutNs);
  }

  private void answerRequests() {
    while (requests.poll()) {
      MirroredPod mirrored = pods.get(requests.pod());
      if (mirrored != null) {
        IpAddress nextHop = requests.nextHop();
        boolean doubt = requests.isDoubt();
        mirrored.guard(mirror -> mirror.ask(nextHop, doubt));
      }
    }
  }

  private void answerHints() {
    for (Hint hint = hints.poll(); hint != null; hint = hints.poll()) {
      int pod = hint.pod();
      PodNetwork network = networks.network(pod);
      IpAddress nextHop = hint.nextHop();
      if (!network.leadsTo(nextHop)) {
        continue;
      }
      boolean known =
          NeighbourTable.state(network.neighbour(nextHop.high(), nextHop.low()))
              == NeighbourTable.REACHABLE;
      MirroredPod mirrored = pods.get(pod);
      if (!known
          && mirrored != null
          && hintLimiter.permit(
              pod, nextHop.high(), nextHop.low(), System.nanoTime(), HINT_INTERVAL_NS)) {
        mirrored.guard(mirror -> mirror.use(nextHop));
      }
    }
  }

  private void attach(Pod pod, CompletableFuture<PodNetwork> mirrored) {
    detach(pod.number());
    MirroredPod attached = new MirroredPod(pod, mirrored, sockets, poller, buffer, networks);
    try {
      attached.open();
    } catch (RuntimeException | Error e) {
      mirrored.completeExceptionally(e);
      return;
    }
    pods.put(pod.number(), attached);
  }

  private void detach(int number) {
    MirroredPod attached = pods.remove(number);
    if (attached != null) {
      attached.close();
      networks.forget(number);
    }
  }
}
