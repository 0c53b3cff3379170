package org.ktsn.stack.udp;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.stack.PodNetworkObserver;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The newest snapshot of each pod's network, and who is told when one has changed. Any thread reads
 * a snapshot; the rest is the mirror thread's.
 */
final class PublishedNetworks {
  private static final Logger LOG = LoggerFactory.getLogger(PublishedNetworks.class);

  /** A pod of which observers have been told, and the generation that they were told. */
  private record Told(Pod pod, int generation) {}

  private final AtomicReferenceArray<PodNetwork> networks =
      new AtomicReferenceArray<>(Pod.MAX_PODS);
  private final Map<Integer, Told> told = new HashMap<>();
  private final List<PodNetworkObserver> observers = new ArrayList<>();
  private int generation = firstGeneration();

  /** Makes it; every pod's network is {@link PodNetwork#GONE}. */
  PublishedNetworks() {
    for (int pod = 0; pod < Pod.MAX_PODS; pod++) {
      networks.setPlain(pod, PodNetwork.GONE);
    }
  }

  /** Returns a pod's newest snapshot. Any thread; allocates nothing. */
  PodNetwork network(int pod) {
    return networks.getAcquire(pod);
  }

  /** Publishes a snapshot; tells nobody. */
  void publish(Pod pod, PodNetwork network) {
    networks.setRelease(pod.number(), network);
  }

  /** Tells the observers of a pod's newest snapshot, under a new generation. */
  void tell(Pod pod) {
    Told now = new Told(pod, ++generation);
    told.put(pod.number(), now);
    observers.forEach(observer -> tell(observer, now));
  }

  /** Forgets a pod, and tells nobody: who needs to know is told that it is detached. */
  void forget(int pod) {
    told.remove(pod);
    networks.setRelease(pod, PodNetwork.GONE);
  }

  /** Adds an observer and tells it of every pod of which the others were told. */
  void add(PodNetworkObserver observer) {
    observers.add(observer);
    told.values().forEach(pod -> tell(observer, pod));
  }

  void remove(PodNetworkObserver observer) {
    observers.remove(observer);
  }

  private void tell(PodNetworkObserver observer, Told news) {
    Pod pod = news.pod();
    PodNetwork.Interface now = networks.getPlain(pod.number()).attachment();
    int index = now.usable() ? now.index() : 0;
    try {
      observer.network(pod.number(), index, now.mtu(), news.generation());
    } catch (RuntimeException | Error e) {
      LOG.error("event=observer-failed pod={}", pod.name(), e);
    }
  }

  /** Differs from that of any earlier mirror, so that nobody takes an old network for a new one. */
  private static int firstGeneration() {
    return (int) (System.currentTimeMillis() / 64) & Integer.MAX_VALUE;
  }
}
