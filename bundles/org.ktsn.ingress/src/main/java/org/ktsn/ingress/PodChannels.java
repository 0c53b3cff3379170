package org.ktsn.ingress;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.ktsn.api.pod.Pod;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pods' channels: opens and closes them, tells them of their network, renews what is worn, and
 * gives the planner those to drain. Channel thread only.
 *
 * <p>Memory of a pod that has gone is unmapped only after the planner has begun a later turn.
 */
final class PodChannels {
  private static final Logger LOG = LoggerFactory.getLogger(PodChannels.class);
  private static final long PLANNER_PATIENCE_NS = 1_000_000_000L;

  /** What is looked at once a tick only. */
  static final int TICK_MS = 250;

  private record Network(int interfaceIndex, int mtu, int generation) {}

  /** Memory that the planner may be looking at until it has begun a later turn. */
  private record Retired(Runnable close, long turn) {}

  private final int slotCount;
  private final int slotOctets;
  private final RingDrain drain;
  private final RingProtection protection;
  private final ProgramReception reception;
  private final Map<Integer, PodChannel> byPod = new TreeMap<>();
  private final Map<Integer, Network> networks = new HashMap<>();
  private final List<Retired> retired = new ArrayList<>();
  private final RareEvent doorbellMuted = new RareEvent();
  private final RareEvent ringExchanged = new RareEvent();
  private long tickNs = System.nanoTime();
  private long lastTurns;
  private long lastTurnNs = System.nanoTime() - PLANNER_PATIENCE_NS;
  private boolean lastDrained; // not before the planner has been here

  /**
   * Makes it, without any.
   *
   * @param sockets where programs are met
   */
  PodChannels(
      IngressComponent.Config config,
      SocketWatch sockets,
      RingDrain drain,
      RingProtection protection) {
    this.slotCount = config.slot_count();
    this.slotOctets = config.slot_octets();
    this.drain = drain;
    this.protection = protection;
    int programsMax = config.programs_max() == 0 ? OpenFiles.limit() / 2 : config.programs_max();
    this.reception =
        new ProgramReception(sockets, config.programs_per_pod(), programsMax, this::connections);
  }

  /** Returns who meets the programs. */
  ProgramReception reception() {
    return reception;
  }

  private int connections() {
    return byPod.values().stream()
        .mapToInt(channel -> channel.connections() + channel.reports().count())
        .sum();
  }

  /** Does what is due: after each wait. */
  void turn() {
    unmapRetired();
    watchPlanner();
    watchPods();
  }

  /** Lets go of all; the planner has left. */
  void end() {
    drain.drain(new PodChannel[0]);
    byPod.values().forEach(PodChannel::close);
    retired.forEach(r -> r.close().run());
  }

  /** Takes up what a pod's network looks like, also before the pod itself. */
  void network(int pod, int interfaceIndex, int mtu, int generation) {
    Network network = new Network(interfaceIndex, mtu, generation);
    networks.put(pod, network);
    PodChannel channel = byPod.get(pod);
    if (channel != null) {
      tell(channel, network);
    }
  }

  private void publish() {
    drain.drain(byPod.values().toArray(PodChannel[]::new));
  }

  /** Opens a pod's channel. */
  void open(Pod pod) {
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
        new PodChannel(
            pod,
            namespaceOf(pod),
            slotCount,
            slotOctets,
            protection,
            new PodReports(old -> retired.add(new Retired(old::close, drain.turns()))));
    NamedChannel.offer(pod);
    channel.drained(lastDrained);
    byPod.put(pod.number(), channel);
    Network network = networks.get(pod.number());
    if (network != null) {
      tell(channel, network);
    }
    reception.open(channel);
    drain.listenTo(channel);
    publish();
    LOG.info(
        "event=channel-open pod={} socket={} slots={}", pod.name(), pod.channelSocket(), slotCount);
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
    int room = slotOctets - ChannelLayout.SLOT_HEADER_OCTETS;
    channel.network(
        network.interfaceIndex(), Math.min(network.mtu(), room + 28), network.generation());
  }

  /** Closes a pod's channel: its programs take the kernel's path. */
  void close(int pod) {
    PodChannel channel = byPod.remove(pod);
    if (channel == null) {
      return;
    }
    networks.remove(pod);
    publish();
    if (!channel.doorbellWatch().isMuted()) {
      drain.ignore(channel);
    }
    reception.close(channel);
    NamedChannel.withdraw(channel.pod());
    try {
      Files.deleteIfExists(channel.pod().channelSocket());
    } catch (IOException e) {
      LOG.warn(
          "event=socket-not-removed socket={} reason=\"{}\"",
          channel.pod().channelSocket(),
          e.getMessage());
    }
    retired.add(new Retired(channel::close, drain.turns()));
    LOG.info("event=channel-closed pod={}", channel.pod().name());
  }

  /** While nobody drains the rings, programs must not fill them. */
  private void watchPlanner() {
    long now = System.nanoTime();
    if (drain.turns() != lastTurns) {
      lastTurns = drain.turns();
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
      if (drain.turns() >= r.turn() + 2) {
        r.close().run();
        i.remove();
      }
    }
  }

  /** Once a tick: pods have a new allowance; who says nothing goes; doorbells are heard again. */
  private void watchPods() {
    long nowNs = System.nanoTime();
    for (PodChannel channel : byPod.values()) {
      if (channel.doorbellWatch().beginMute(nowNs)) {
        drain.ignore(channel);
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
    for (PodChannel channel : byPod.values()) {
      reception.tick(channel, nowNs);
      channel.reports().sweep();
      if (channel.isToBeRenewed()) {
        exchangeRing(channel);
      }
      if (channel.doorbellWatch().endMute(nowNs)) {
        drain.listenTo(channel);
      }
    }
  }

  /** The pod's programs come again, and get fresh memory. */
  private void exchangeRing(PodChannel channel) {
    reception.partFromWelcomed(channel); // whoever is about to say HELLO gets the new one
    retired.add(new Retired(channel.renew()::close, drain.turns()));
    long times = ringExchanged.happened(System.nanoTime());
    if (times > 0) {
      LOG.info("event=ring-exchanged pod={} times={}", channel.pod().name(), times);
    }
  }
}
