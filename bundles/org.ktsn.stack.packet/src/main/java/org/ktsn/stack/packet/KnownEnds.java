package org.ktsn.stack.packet;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.pod.PodObserver;
import org.ktsn.api.stack.PodNetworkObserver;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** What was told of the pods and their networks, as the planner reads it. Any thread. */
@Component(
    name = "org.ktsn.stack.packet.ends",
    immediate = true,
    service = {PodObserver.class, PodNetworkObserver.class, PodEnds.class})
public final class KnownEnds implements PodObserver, PodNetworkObserver, PodEnds {
  private final AtomicReferenceArray<PodEnd> ends = new AtomicReferenceArray<>(Pod.MAX_PODS);

  /** What was told last of a network, perhaps before its pod. Guarded by {@code this}. */
  private final Map<Integer, Network> networks = new HashMap<>();

  private record Network(int interfaceIndex, int mtu) {}

  /** Made by the component runtime. */
  @Activate
  public KnownEnds() {
    for (int pod = 0; pod < Pod.MAX_PODS; pod++) {
      ends.setPlain(pod, PodEnd.GONE);
    }
  }

  @Override
  public PodEnd of(int pod) {
    return ends.getAcquire(pod);
  }

  @Override
  public synchronized void attached(Pod pod) {
    PodEnd end = PodEnd.of(pod);
    Network network = networks.get(pod.number());
    ends.setRelease(
        pod.number(), network == null ? end : end.with(network.interfaceIndex(), network.mtu()));
  }

  @Override
  public synchronized void detached(Pod pod) {
    networks.remove(pod.number());
    ends.setRelease(pod.number(), PodEnd.GONE);
  }

  @Override
  public synchronized void network(int pod, int interfaceIndex, int mtu, int generation) {
    networks.put(pod, new Network(interfaceIndex, mtu));
    PodEnd end = ends.getPlain(pod);
    if (end != PodEnd.GONE) {
      ends.setRelease(pod, end.with(interfaceIndex, mtu));
    }
  }
}
