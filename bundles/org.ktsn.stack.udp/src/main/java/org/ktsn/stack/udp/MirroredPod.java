package org.ktsn.stack.udp;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.ktsn.api.pod.Pod;
import org.ktsn.foreign.ForeignException;
import org.ktsn.foreign.Poller;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An attached pod, and its mirror while its namespace exists. Mirror thread only.
 *
 * <p>A namespace that is deleted is let go at the next check (an open socket would keep it alive),
 * and taken up again if it comes back under the same name.
 */
final class MirroredPod implements PodMirror.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(MirroredPod.class);

  private final Pod pod;
  private final CompletableFuture<PodNetwork> mirrored;
  private final RouteSocket.Factory sockets;
  private final Poller poller;
  private final MemorySegment buffer;
  private final PublishedNetworks networks;
  private Optional<NamespaceIdentity> identity = Optional.empty();
  private Optional<PodMirror> mirror = Optional.empty();

  /**
   * Makes it; nothing is read before {@link #open}.
   *
   * @param mirrored completed with the first snapshot
   * @param sockets opens the socket to the pod's kernel
   * @param poller where the socket is waited for, by the pod's number
   * @param buffer room for a datagram, shared by all pods of the thread
   * @param published where snapshots go
   */
  MirroredPod(
      Pod pod,
      CompletableFuture<PodNetwork> mirrored,
      RouteSocket.Factory sockets,
      Poller poller,
      MemorySegment buffer,
      PublishedNetworks published) {
    this.pod = pod;
    this.mirrored = mirrored;
    this.sockets = sockets;
    this.poller = poller;
    this.buffer = buffer;
    this.networks = published;
  }

  /** Begins to mirror. */
  void open() {
    identity = NamespaceIdentity.of(pod.networkNamespace());
    RouteSocket socket = sockets.open(pod.networkNamespace());
    poller.add(socket.fd(), pod.number());
    mirror = Optional.of(new PodMirror(pod, socket, buffer, this, System::nanoTime));
  }

  /** Lets go of the namespace. */
  void close() {
    mirror.ifPresent(
        open -> {
          try {
            poller.remove(open.fd());
          } catch (ForeignException e) {
            LOG.debug("event=not-polled pod={} reason=\"{}\"", pod.name(), e.getMessage());
          }
          open.close();
        });
    mirror = Optional.empty();
  }

  /** Returns when {@link PodMirror#tick} is due. */
  long dueNs() {
    return mirror.map(PodMirror::dueNs).orElse(Long.MAX_VALUE);
  }

  /** Does something with the mirror; if that fails it is made anew at the next check. */
  void guard(Consumer<PodMirror> action) {
    try {
      mirror.ifPresent(action);
    } catch (RuntimeException | Error e) { // whatever it is: the other pods' mirrors go on
      LOG.error("event=mirror-failed pod={}", pod.name(), e);
      letGo();
    }
  }

  /** Looks whether the namespace is still the one that is mirrored. */
  void check() {
    Optional<NamespaceIdentity> now = NamespaceIdentity.of(pod.networkNamespace());
    if (mirror.isPresent() && !now.equals(identity)) {
      LOG.warn("event=namespace-gone pod={} namespace={}", pod.name(), pod.networkNamespace());
      letGo();
    }
    if (mirror.isEmpty() && now.isPresent()) {
      try {
        open();
      } catch (ForeignException e) {
        LOG.debug("event=namespace-not-ready pod={} reason=\"{}\"", pod.name(), e.getMessage());
      }
    }
  }

  private void letGo() {
    close();
    networks.publish(pod, PodNetwork.GONE);
    networks.tell(pod);
  }

  @Override
  public void published(Pod published, PodNetwork network, boolean networkChanged) {
    networks.publish(pod, network);
    if (networkChanged) {
      networks.tell(pod);
    }
    if (!mirrored.isDone()) {
      PodNetwork.Interface now = network.attachment();
      LOG.info(
          "event=mirrored pod={} interface={} index={} usable={} mac={} mtu={} addresses={}",
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
}
