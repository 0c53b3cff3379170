package org.ktsn.pod;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;
import static org.ktsn.pod.RtnetlinkRequest.IFLA_ADDRESS;
import static org.ktsn.pod.RtnetlinkRequest.IFLA_IFNAME;
import static org.ktsn.pod.RtnetlinkRequest.IFLA_INFO_DATA;
import static org.ktsn.pod.RtnetlinkRequest.IFLA_INFO_KIND;
import static org.ktsn.pod.RtnetlinkRequest.IFLA_LINKINFO;
import static org.ktsn.pod.RtnetlinkRequest.IFLA_MTU;
import static org.ktsn.pod.RtnetlinkRequest.IFLA_NET_NS_FD;
import static org.ktsn.pod.RtnetlinkRequest.RTM_DELLINK;
import static org.ktsn.pod.RtnetlinkRequest.RTM_GETLINK;
import static org.ktsn.pod.RtnetlinkRequest.RTM_NEWLINK;
import static org.ktsn.pod.RtnetlinkRequest.VETH_INFO_PEER;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.api.pod.PodAssignment;
import org.ktsn.foreign.Descriptors;
import org.ktsn.foreign.ForeignException;
import org.ktsn.foreign.NetlinkSocket;

/** Interfaces by rtnetlink: no process is started, and what belongs together is one request. */
final class NetlinkLinks implements Links {
  private static final int LOOPBACK_INDEX = 1;
  private static final int NLMSG_ERROR = 2;
  private static final int HEADER_OCTETS = 16;
  private static final int ROOM_OCTETS = 16 * 1024;
  private static final int ENOENT = 2;
  private static final int EIO = 5;
  private static final int EEXIST = 17;
  private static final int ENODEV = 19;
  private static final long LOOK_EVERY_NS = 200_000;

  @Override
  public void addPair(End first, End second, MacAddress mac, int mtuOctets) {
    try (NetlinkSocket socket = NetlinkSocket.open(first.namespace(), 0);
        NetlinkSocket inside = NetlinkSocket.open(second.namespace(), 0)) {
      int namespace = inside.openNamespace();
      try {
        RtnetlinkRequest request =
            new RtnetlinkRequest()
                .link(RTM_NEWLINK, 0, true)
                .text(IFLA_IFNAME, first.name())
                .number(IFLA_MTU, mtuOctets);
        int info = request.open(IFLA_LINKINFO);
        request.text(IFLA_INFO_KIND, "veth");
        int data = request.open(IFLA_INFO_DATA);
        int peer = request.open(VETH_INFO_PEER);
        request
            .linkPart(0, false)
            .text(IFLA_IFNAME, second.name())
            .octets(IFLA_ADDRESS, octets(mac))
            .number(IFLA_MTU, mtuOctets)
            .number(IFLA_NET_NS_FD, namespace)
            .close(peer)
            .close(data)
            .close(info);
        carryOut(socket, request, "the pair " + first.name() + " and " + second.name());
      } finally {
        Descriptors.close(namespace);
      }
    }
  }

  @Override
  public List<PodAssignment.Route> setUp(
      End end, List<String> addresses, List<PodAssignment.Route> routes) {
    try (NetlinkSocket socket = NetlinkSocket.open(end.namespace(), 0)) {
      socket.switchChecksumOff(end.name());
      int index =
          index(socket, end.name())
              .orElseThrow(() -> ForeignException.of(ENODEV, "interface " + end.name()));
      RtnetlinkRequest request = new RtnetlinkRequest();
      for (String address : addresses) {
        request.address(index, HostAddress.parse(address));
      }
      request.link(RTM_NEWLINK, LOOPBACK_INDEX, true).link(RTM_NEWLINK, index, true);
      carryOut(
          socket, request, "interface " + end.name() + " with " + String.join(", ", addresses));
      return routes.stream().filter(route -> add(socket, index, route)).toList();
    }
  }

  /** Returns false if there is one already. */
  private static boolean add(NetlinkSocket socket, int index, PodAssignment.Route route) {
    try {
      carryOut(socket, new RtnetlinkRequest().route(index, route), "the route to " + route);
      return true;
    } catch (ForeignException e) {
      if (e.errno() == EEXIST) {
        return false;
      }
      throw e;
    }
  }

  @Override
  public void raise(End end) {
    try (NetlinkSocket socket = NetlinkSocket.open(end.namespace(), 0)) {
      int index =
          index(socket, end.name())
              .orElseThrow(() -> ForeignException.of(ENODEV, "interface " + end.name()));
      carryOut(
          socket, new RtnetlinkRequest().link(RTM_NEWLINK, index, true), "interface " + end.name());
    }
  }

  /**
   * The kernel takes an interface out of sight at once, and then answers only after all processors
   * have forgotten it, tens of milliseconds later: nobody needs wait for that.
   */
  @Override
  public boolean remove(End end) {
    try (NetlinkSocket watching = NetlinkSocket.open(end.namespace(), 0)) {
      OptionalInt index = index(watching, end.name());
      if (index.isEmpty()) {
        return false;
      }
      FutureTask<Void> removing =
          new FutureTask<>(
              () -> {
                delete(end);
                return null;
              });
      Thread.ofPlatform().daemon().name("ktsn-link-removal").start(removing);
      while (!removing.isDone() && index(watching, end.name()).equals(index)) {
        LockSupport.parkNanos(LOOK_EVERY_NS);
      }
      if (removing.isDone()) {
        outcome(removing);
      }
      return true;
    }
  }

  private static void delete(End end) {
    try (NetlinkSocket socket = NetlinkSocket.open(end.namespace(), 0)) {
      carryOut(
          socket,
          new RtnetlinkRequest().link(RTM_DELLINK, 0, false).text(IFLA_IFNAME, end.name()),
          "interface " + end.name());
    } catch (ForeignException e) {
      if (e.errno() != ENODEV) {
        throw e;
      }
    }
  }

  private static void outcome(FutureTask<Void> removing) {
    try {
      removing.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof ForeignException refused
          ? refused
          : new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted though it is done", e);
    }
  }

  private static OptionalInt index(NetlinkSocket socket, String name) {
    RtnetlinkRequest request =
        new RtnetlinkRequest().link(RTM_GETLINK, 0, false).text(IFLA_IFNAME, name);
    try {
      return OptionalInt.of(carryOut(socket, request, "interface " + name));
    } catch (ForeignException e) {
      if (e.errno() == ENODEV || e.errno() == ENOENT) {
        return OptionalInt.empty();
      }
      throw e;
    }
  }

  /**
   * Sends requests and reads all answers, which are there when the kernel has taken the requests.
   *
   * @return the index of the interface that was told of, if one was
   * @throws ForeignException with the first refusal
   */
  private static int carryOut(NetlinkSocket socket, RtnetlinkRequest request, String what) {
    int index = 0;
    int refusal = 0;
    int answers = 0;
    try (Arena arena = Arena.ofConfined()) {
      socket.send(request.octets(), request.length());
      MemorySegment buffer = arena.allocate(ROOM_OCTETS);
      while (answers < request.count()) {
        int octets = socket.receive(buffer);
        if (octets == 0) {
          throw ForeignException.of(EIO, what + ", the kernel did not answer");
        }
        int at = 0;
        while (at + HEADER_OCTETS + 4 <= octets) {
          int length = buffer.get(JAVA_INT_UNALIGNED, at);
          int type = buffer.get(JAVA_SHORT_UNALIGNED, at + 4L);
          if (type == NLMSG_ERROR) {
            answers++;
            refusal = refusal == 0 ? -buffer.get(JAVA_INT_UNALIGNED, at + 16L) : refusal;
          } else if (type == RTM_NEWLINK) {
            index = buffer.get(JAVA_INT_UNALIGNED, at + 20L);
          }
          at += Math.max(HEADER_OCTETS, (length + 3) & ~3);
        }
      }
    }
    if (refusal != 0) {
      throw ForeignException.of(refusal, what);
    }
    return index;
  }

  private static byte[] octets(MacAddress mac) {
    byte[] octets = new byte[6];
    for (int i = 0; i < octets.length; i++) {
      octets[i] = (byte) (mac.value() >>> (8 * (5 - i)));
    }
    return octets;
  }
}
