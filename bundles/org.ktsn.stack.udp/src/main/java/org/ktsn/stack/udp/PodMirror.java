package org.ktsn.stack.udp;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;
import org.ktsn.api.pod.Pod;
import org.ktsn.foreign.ForeignException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows one pod's kernel over one rtnetlink socket. Mirror thread only.
 *
 * <p>Links, addresses and routes are read as a whole, and as a whole again after any news of them
 * or of rules: the kernel does not tell of every route that goes (those of an interface that goes
 * down, for instance), but it tells of every reason. Neighbours follow the news one by one, and are
 * read anew now and then against news that were lost.
 *
 * <pre>
 *   new ─▶ LINKS ─▶ ADDRESSES ─▶ ROUTES ─▶ NEIGHBOURS ─▶ IDLE ─┐
 *            ▲                                  ▲   audit       │
 *            └────── news, doubts, lost messages ┴──────────────┘
 * </pre>
 */
final class PodMirror {
  private static final Logger LOG = LoggerFactory.getLogger(PodMirror.class);

  private static final int EBUSY = 16;

  /** A pod whose network changes all the time is not read again sooner than this. */
  private static final long LEAST_PAUSE_NS = 2_000_000L;

  /** Nor sooner than this many times what the last reading took: others share the thread. */
  private static final long PAUSE_PER_READING = 8;

  /** When a dump that the kernel refused is asked for again. */
  private static final long RETRY_NS = 20_000_000L;

  /** A dump that takes longer than this is given up and begun anew. */
  private static final long DUMP_LIMIT_NS = 1_000_000_000L;

  /** How often neighbours are read anew without a reason. */
  private static final long AUDIT_NS = 30_000_000_000L;

  /** A pod can bring about the lines in the log; it gets one in this time. */
  private static final long TELL_PAUSE_NS = 10_000_000_000L;

  /** A reading that the kernel calls torn is tried this often before it is believed. */
  private static final int TRIES = 3;

  private static final int DATAGRAMS_PER_TURN = 64;

  private final Pod pod;
  private final RouteSocket socket;
  private final MemorySegment buffer;
  private final Listener listener;
  private final LongSupplier clock;
  private final MemorySegment request = Arena.ofAuto().allocate(RtnetlinkWriter.MAX_OCTETS, 8);

  /** What is published. */
  private PodNetwork network = PodNetwork.GONE;

  private NeighbourMap neighbours = new NeighbourMap();
  private boolean neighboursChanged;

  /** The reading under way. */
  private ReadingPhase phase = ReadingPhase.IDLE;

  private NetworkDraft draft;
  private NeighbourMap draftNeighbours = new NeighbourMap();
  private boolean audit;
  private boolean torn;
  private int tries;
  private long startedNs;

  /** Dumps have even sequence numbers, other requests odd ones. */
  private int dumpSequence = new SplittableRandom().nextInt() & ~1;

  /** The next reading. */
  private boolean outdated;

  private long notBeforeNs;
  private long auditNs;

  /** The interface's index, also while it is not there; 0 if it was removed. */
  private int interfaceIndex;

  private final DoubtedNextHops doubts = new DoubtedNextHops();

  /** When neighbours may be published again, and when the log may be written to. */
  private long neighboursNotBeforeNs;

  private long tellNotBeforeNs;

  /** What the mirror is told of. */
  interface Listener {
    /** Called with each new snapshot; {@code networkChanged} is false for news of neighbours. */
    void published(Pod pod, PodNetwork network, boolean networkChanged);
  }

  /**
   * Begins to follow a pod; the first snapshot comes out of {@link #receive}.
   *
   * @param socket belongs to this object until {@link #close}
   * @param buffer room for a datagram, shared by the mirrors of one thread
   * @param clock any monotonic clock in nanoseconds
   */
  PodMirror(
      Pod pod, RouteSocket socket, MemorySegment buffer, Listener listener, LongSupplier clock) {
    this.pod = pod;
    this.socket = socket;
    this.buffer = buffer;
    this.listener = listener;
    this.clock = clock;
    this.notBeforeNs = clock.getAsLong();
    this.neighboursNotBeforeNs = notBeforeNs;
    this.tellNotBeforeNs = notBeforeNs;
    this.draft = new NetworkDraft(pod, 0);
    readAll();
  }

  Pod pod() {
    return pod;
  }

  int fd() {
    return socket.fd();
  }

  void close() {
    socket.close();
  }

  /** Takes what the kernel has sent, a bounded amount in one call. */
  void receive() {
    for (int i = 0; i < DATAGRAMS_PER_TURN; i++) {
      int octets = socket.receive(buffer);
      if (octets == 0) {
        break;
      }
      if (octets == RouteSocket.OVERRUN || !RtnetlinkReader.read(buffer, octets, this::accept)) {
        lost();
      }
    }
    publishNeighbours();
    tick();
  }

  /** Does what is due by time. */
  void tick() {
    long nowNs = clock.getAsLong();
    if (neighbours.forgetFailures(nowNs)) {
      neighboursChanged = true;
    }
    publishNeighbours();
    if (phase != ReadingPhase.IDLE) {
      if (nowNs - startedNs > DUMP_LIMIT_NS) {
        if (mayTell()) {
          LOG.warn("event=dump-timeout pod={} phase={}", pod.name(), phase);
        }
        readAll();
      }
    } else if (outdated && nowNs >= notBeforeNs) {
      readAll();
    } else if (nowNs >= auditNs) {
      audit = true;
      torn = false;
      startedNs = nowNs;
      draftNeighbours = new NeighbourMap();
      enter(ReadingPhase.NEIGHBOURS);
    }
  }

  /** Returns when {@link #tick} is due. */
  long dueNs() {
    long dueNs;
    if (phase != ReadingPhase.IDLE) {
      dueNs = startedNs + DUMP_LIMIT_NS;
    } else {
      dueNs = outdated ? notBeforeNs : auditNs;
    }
    if (neighboursChanged) {
      dueNs = Math.min(dueNs, neighboursNotBeforeNs);
    }
    return Math.min(dueNs, neighbours.nextForgottenNs());
  }

  /** Has a next hop resolved or confirmed; a doubted one only if the routes lead there by now. */
  void ask(IpAddress nextHop, boolean doubt) {
    if (!doubt || network.leadsTo(nextHop)) {
      use(nextHop);
    } else if (doubts.add(nextHop)) {
      outdated = true;
      tick();
    }
  }

  private void settleDoubt(IpAddress nextHop) {
    if (network.leadsTo(nextHop)) {
      use(nextHop);
    } else {
      neighbours.refuse(nextHop, clock.getAsLong());
    }
  }

  /** Makes the kernel resolve a next hop, or confirm it. */
  void use(IpAddress nextHop) {
    int index = network.attachment().index();
    try {
      socket.send(request, RtnetlinkWriter.useNeighbour(request, index, nextHop, dumpSequence + 1));
    } catch (ForeignException e) {
      LOG.debug("event=resolve-refused pod={} reason=\"{}\"", pod.name(), e.getMessage());
    }
  }

  private void readAll() {
    audit = false;
    outdated = false;
    torn = false;
    startedNs = clock.getAsLong();
    draft = new NetworkDraft(pod, interfaceIndex);
    doubts.beginReading();
    draftNeighbours = new NeighbourMap();
    enter(ReadingPhase.LINKS);
  }

  private void enter(ReadingPhase next) {
    phase = next;
    dumpSequence += 2;
    try {
      socket.send(request, RtnetlinkWriter.dump(request, next.request, dumpSequence));
    } catch (ForeignException e) {
      if (mayTell()) {
        LOG.warn(
            "event=dump-failed pod={} phase={} reason=\"{}\"", pod.name(), next, e.getMessage());
      }
      readLater(RETRY_NS);
    }
  }

  private void readLater(long pauseNs) {
    phase = ReadingPhase.IDLE;
    outdated = true;
    notBeforeNs = clock.getAsLong() + pauseNs;
  }

  private void lost() {
    outdated = true;
    torn = true;
  }

  private void accept(RouteMessage message) {
    boolean answer = phase != ReadingPhase.IDLE && message.sequence() == dumpSequence;
    boolean dumped = answer && message.partOfDump();
    torn |= dumped && message.interrupted();
    switch (message.content()) {
      case RouteMessage.Done done when answer -> {
        torn |= done.errno() != 0;
        advance();
      }
      case RouteMessage.Refused refused when answer -> dumpRefused(refused.errno());
      case RouteMessage.Refused refused ->
          LOG.debug("event=resolve-refused pod={} errno={}", pod.name(), refused.errno());
      case RouteMessage.Link link when dumped -> draft.add(link);
      case RouteMessage.Address address when dumped -> draft.add(address);
      case RouteMessage.Route route when dumped -> draft.add(route);
      case RouteMessage.Neighbour neighbour when dumped -> dumped(neighbour);
      case RouteMessage.Neighbour neighbour -> changed(neighbour);
      case RouteMessage.Link link -> {
        if (link.removed() && link.index() == interfaceIndex) {
          interfaceIndex = 0;
        }
        outdated = true;
      }
      case RouteMessage.Address _, RouteMessage.Rule _, RouteMessage.Route _ -> outdated = true;
      case RouteMessage.Done _, RouteMessage.Other _ -> {}
    }
  }

  private void dumped(RouteMessage.Neighbour neighbour) {
    if (neighbour.index() == indexBeingRead()) {
      draftNeighbours.dumped(neighbour);
    }
  }

  private void changed(RouteMessage.Neighbour neighbour) {
    long nowNs = clock.getAsLong();
    if (neighbour.index() == network.attachment().index()) {
      neighboursChanged |= neighbours.change(neighbour, nowNs);
    }
    if (phase == ReadingPhase.NEIGHBOURS && neighbour.index() == indexBeingRead()) {
      draftNeighbours.change(neighbour, nowNs);
    }
  }

  private int indexBeingRead() {
    return audit ? network.attachment().index() : draft.interfaceIndex();
  }

  private void dumpRefused(int errno) {
    if (errno != EBUSY && mayTell()) {
      LOG.warn("event=dump-refused pod={} phase={} errno={}", pod.name(), phase, errno);
    }
    readLater(RETRY_NS);
  }

  private void advance() {
    switch (phase) {
      case LINKS -> enter(ReadingPhase.ADDRESSES);
      case ADDRESSES -> enter(ReadingPhase.ROUTES);
      case ROUTES -> enter(ReadingPhase.NEIGHBOURS);
      case NEIGHBOURS -> finish();
      case IDLE -> {}
    }
  }

  private void finish() {
    if (torn && ++tries < TRIES) {
      readAll();
      return;
    }
    outdated |= torn;
    tries = 0;
    phase = ReadingPhase.IDLE;
    long nowNs = clock.getAsLong();
    auditNs = nowNs + AUDIT_NS;
    notBeforeNs = nowNs + Math.max(LEAST_PAUSE_NS, PAUSE_PER_READING * (nowNs - startedNs));
    if (!audit) {
      boolean sameInterface = network.attachment().index() == draft.interfaceIndex();
      if (!sameInterface) {
        neighbours = new NeighbourMap();
      }
      network = draft.finish();
      if (draft.interfaceIndex() != 0) {
        interfaceIndex = draft.interfaceIndex();
      }
      tell(draft);
    }
    draftNeighbours.keepFailuresOf(neighbours);
    neighbours = draftNeighbours;
    if (!audit) {
      doubts.endReading(this::settleDoubt);
    }
    neighboursChanged = false;
    network = network.with(neighbours.table());
    listener.published(pod, network, !audit);
  }

  /** Publishes news of neighbours, the rarer the more there are: others share the thread. */
  private void publishNeighbours() {
    long nowNs = clock.getAsLong();
    if (neighboursChanged && nowNs - neighboursNotBeforeNs >= 0) {
      neighboursChanged = false;
      network = network.with(neighbours.table());
      listener.published(pod, network, false);
      long doneNs = clock.getAsLong();
      neighboursNotBeforeNs = doneNs + PAUSE_PER_READING * (doneNs - nowNs);
    }
  }

  private boolean mayTell() {
    long nowNs = clock.getAsLong();
    if (nowNs - tellNotBeforeNs < 0) {
      return false;
    }
    tellNotBeforeNs = nowNs + TELL_PAUSE_NS;
    return true;
  }

  private void tell(NetworkDraft finished) {
    if (finished.hasTooManyNextHops() && mayTell()) {
      LOG.warn(
          "event=too-many-next-hops pod={} limit={} effect=nothing-is-sent-to-the-others",
          pod.name(),
          NetworkDraft.MAX_NEXT_HOPS);
    }
  }
}
