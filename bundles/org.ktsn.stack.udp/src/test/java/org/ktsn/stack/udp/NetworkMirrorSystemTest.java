package org.ktsn.stack.udp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.ktsn.stack.udp.TestDatagram.ipv4;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.pod.PodException;
import org.ktsn.api.stack.AddressFamily;
import org.ktsn.api.stack.EncodedFrame;

/** The mirror and the stack with the real kernel; needs root. */
@Timeout(60)
final class NetworkMirrorSystemTest {
  private static final IpAddress PEER = ipv4("10.77.0.3");
  private static final IpAddress NOBODY = ipv4("10.77.0.99");

  private final Namespaces namespaces = new Namespaces();
  private final NetworkMirror mirror = new NetworkMirror();
  private final UdpStack stack = new UdpStack(Tagging.parse("none", 0, ""), mirror);
  private final Pod pod = namespaces.pod(3);
  private final BlockingQueue<Fact> facts = new LinkedBlockingQueue<>();
  private final FrameBuffer buffer = new FrameBuffer();
  private final EncodedFrame out = new EncodedFrame();
  private final TestDatagram datagram = TestDatagram.with(ReferenceFrame.ascii("hello"));

  private record Fact(int pod, int interfaceIndex, int mtu, int generation) {}

  @AfterEach
  void close() {
    mirror.close();
    namespaces.close();
  }

  private void attach() {
    mirror.addObserver(
        (number, index, mtu, generation) -> facts.add(new Fact(number, index, mtu, generation)));
    mirror.attached(pod);
  }

  private PodNetwork network() {
    return mirror.network(pod.number());
  }

  private Fact awaitFact(Predicate<Fact> wanted) throws InterruptedException {
    while (true) {
      Fact fact = facts.poll(10, TimeUnit.SECONDS);
      assertNotNull(fact, "no such fact within 10 s");
      if (wanted.test(fact)) {
        return fact;
      }
    }
  }

  private static void await(String what, BooleanSupplier condition) {
    long deadlineNs = System.nanoTime() + 10_000_000_000L;
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < deadlineNs, "not within 10 s: " + what);
      LockSupport.parkNanos(200_000);
    }
  }

  private Verdict encode() {
    return stack.encode(datagram, buffer.address(), FrameBuffer.OCTETS - 1, out);
  }

  private int state(IpAddress address) {
    return NeighbourTable.state(Questions.neighbour(network(), address));
  }

  @Test
  void shouldKnowPodsNetworkWhenAttachedReturns() {
    attach();
    PodNetwork.Interface attachment = network().attachment();
    assertTrue(attachment.usable());
    assertEquals(Namespaces.MAC, attachment.mac().toString());
    assertEquals(1500, attachment.mtu());
    assertTrue(Questions.owns(network(), ipv4("10.77.0.2")));
    assertEquals(1, facts.size());
    Fact fact = facts.remove();
    assertEquals(new Fact(3, attachment.index(), 1500, fact.generation()), fact);
    assertTrue(network().leadsTo(PEER));
    assertFalse(network().leadsTo(ipv4("192.0.2.1")));
    IpAddress broadcast = ipv4("10.77.255.255");
    assertEquals(
        0xffff_ffff_ffffL, PodNetwork.fixedMac(Questions.route(network(), broadcast, broadcast)));
  }

  @Test
  void shouldFollowAddressesRoutesAndMtu() throws InterruptedException {
    attach();
    int generation = facts.remove().generation();

    namespaces.inPod("ip addr add 10.77.200.1/16 dev tsn0");
    Fact fact = awaitFact(_ -> Questions.owns(network(), ipv4("10.77.200.1")));
    assertTrue(fact.generation() > generation);

    namespaces.inPod("ip route add default via 192.0.2.9 dev tsn0 onlink table 42");
    generation = awaitFact(_ -> network().leadsTo(ipv4("192.0.2.9"))).generation();

    namespaces.inPod("ip rule add from 10.77.0.2 lookup 42 priority 10");
    int beforeRule = generation;
    awaitFact(each -> each.generation() > beforeRule);

    namespaces.inPod("ip route del default table 42");
    awaitFact(_ -> !network().leadsTo(ipv4("192.0.2.9")));

    namespaces.inPod("ip link set tsn0 mtu 1400");
    assertEquals(
        network().attachment().index(), awaitFact(each -> each.mtu() == 1400).interfaceIndex());

    namespaces.inPod("ip addr del 10.77.200.1/16 dev tsn0");
    awaitFact(_ -> !Questions.owns(network(), ipv4("10.77.200.1")));
  }

  @Test
  void shouldFollowInterfaceWhateverItIsCalled() throws InterruptedException {
    attach();
    int index = facts.remove().interfaceIndex();
    namespaces.inPod("ip link set tsn0 down");
    namespaces.inPod("ip link set tsn0 name uplink");
    namespaces.inPod("ip link add tsn0 type veth peer name tsn1");
    namespaces.inPod("ip link set uplink up");
    await("the same interface", () -> network().attachment().usable());
    assertEquals(index, network().attachment().index());
    assertTrue(Questions.owns(network(), ipv4("10.77.0.2")));
    mirror.detached(pod);
    namespaces.inPod("ip link del tsn0");
    mirror.attached(pod);
    assertEquals(index, network().attachment().index(), "by its address, after a restart");
  }

  @Test
  void shouldKnowARouteThatWasAddedJustBeforeTheDatagram() {
    attach();
    datagram.destination = ipv4("198.51.100.1");
    datagram.nextHop = ipv4("192.0.2.9");
    namespaces.inPeer("ip addr add 192.0.2.9/32 dev peer0");
    namespaces.inPod("ip route add 198.51.100.0/24 via 192.0.2.9 dev tsn0 onlink");
    await(
        "neighbour answers",
        () -> {
          Verdict verdict = encode();
          assertFalse(verdict.isDrop(), verdict::toString);
          return verdict == Verdict.ACCEPTED;
        });
    assertEquals("020000000003", buffer.hex(6));
  }

  @Test
  void shouldRefuseNextHopThatNoRouteLeadsToUntilOneDoes() {
    attach();
    datagram.destination = ipv4("198.51.100.1");
    datagram.nextHop = ipv4("192.0.2.9");
    assertEquals(Verdict.HOLD, encode());
    await(
        "refusal", () -> stack.complete(3, buffer.address(), out.lengthOctets) == Verdict.NO_ROUTE);
    assertEquals("", namespaces.inPod("ip neigh show 192.0.2.9"), "nobody was asked for it");
    namespaces.inPod("ip addr add 192.0.2.1/24 dev tsn0");
    namespaces.inPeer("ip addr add 192.0.2.9/24 dev peer0");
    await("neighbour answers", () -> encode() == Verdict.ACCEPTED);
  }

  @Test
  void shouldFollowLinkDownAndUp() throws InterruptedException {
    attach();
    int index = facts.remove().interfaceIndex();
    namespaces.inPod("ip link set tsn0 down");
    awaitFact(fact -> fact.interfaceIndex() == 0);
    assertEquals(Verdict.NO_ROUTE, encode());
    namespaces.inPod("ip link set tsn0 up");
    awaitFact(fact -> fact.interfaceIndex() == index);
    await("route is back", () -> encode() != Verdict.NO_ROUTE);
    namespaces.inPeer("ip link set peer0 down");
    awaitFact(fact -> fact.interfaceIndex() == 0);
    namespaces.inPod("ip link del tsn0");
    awaitFact(fact -> fact.mtu() == 0);
    assertEquals(Verdict.BAD_SOURCE, encode());
  }

  @Test
  void shouldHaveKernelResolveAndThenCompleteHeldFrame() {
    attach();
    assertEquals(Verdict.HOLD, encode());
    await(
        "frame is complete",
        () -> stack.complete(3, buffer.address(), out.lengthOctets) == Verdict.ACCEPTED);
    assertEquals("020000000003020000000002", buffer.hex(12));
    assertEquals(Verdict.ACCEPTED, encode());
  }

  @Test
  void shouldGiveUpOnNeighbourThatDoesNotAnswerAndTryAnew() {
    namespaces.inPod("sysctl -qw net.ipv4.neigh.tsn0.retrans_time_ms=50");
    attach();
    datagram.destination = NOBODY;
    assertEquals(Verdict.HOLD, encode());
    await(
        "failure",
        () -> stack.complete(3, buffer.address(), out.lengthOctets) == Verdict.NO_NEIGHBOUR);
    assertEquals(Verdict.NO_NEIGHBOUR, encode());
    await("failure is forgotten", () -> encode() == Verdict.HOLD);
    namespaces.inPeer("ip addr add 10.77.0.99/16 dev peer0");
    await("neighbour answers", () -> encode() == Verdict.ACCEPTED);
  }

  @Test
  void shouldResolveOnHint() {
    attach();
    hint(3, PEER);
    await("hint", () -> state(PEER) == NeighbourTable.REACHABLE);
    hint(3, NOBODY);
    hint(9, PEER);
    hint(-1, PEER);
    hint(Pod.MAX_PODS, PEER);
    assertEquals(Verdict.ACCEPTED, encode());
  }

  private void hint(int pod, IpAddress neighbour) {
    mirror.resolve(pod, AddressFamily.PACKET, neighbour.high(), neighbour.low());
    mirror.resolve(pod, AddressFamily.INET6, neighbour.high(), neighbour.low());
    mirror.resolve(pod, AddressFamily.INET, AddressFamily.highOf(neighbour.toIpv4()), 0);
  }

  @Test
  void shouldConfirmStaleNeighbourInUse() {
    attach();
    namespaces.inPod("sysctl -qw net.ipv4.neigh.tsn0.delay_first_probe_time=0");
    namespaces.inPod(
        "ip neigh replace 10.77.0.3 lladdr " + Namespaces.PEER_MAC + " dev tsn0 nud stale");
    await("stale", () -> state(PEER) == NeighbourTable.STALE);
    assertEquals(Verdict.ACCEPTED, encode());
    await(
        "kernel confirmed it",
        () -> namespaces.inPod("ip neigh show 10.77.0.3").endsWith("REACHABLE"));
    await("mirror knows", () -> state(PEER) == NeighbourTable.REACHABLE);
  }

  @Test
  void shouldFollowNeighbourWhoseMacChanges() {
    attach();
    namespaces.inPod("ip neigh replace 10.77.0.3 lladdr 02:00:00:00:00:33 dev tsn0 nud permanent");
    await(
        "new MAC",
        () -> NeighbourTable.mac(Questions.neighbour(network(), PEER)) == 0x0200_0000_0033L);
    namespaces.inPod("ip neigh del 10.77.0.3 dev tsn0");
    await("gone", () -> state(PEER) == NeighbourTable.UNKNOWN);
  }

  @Test
  void shouldStayRightThroughManyChanges() {
    attach();
    StringBuilder batch = new StringBuilder();
    for (int i = 0; i < 4000; i++) {
      batch.append("neigh replace 10.77.").append(i % 250 + 1).append(".7 lladdr ");
      batch.append("02:00:00:00:%02x:%02x".formatted(i >> 8, i & 0xff)).append(" dev tsn0\n");
      batch.append(i % 2 == 0 ? "addr add" : "addr del").append(" 10.77.201.1/16 dev tsn0\n");
    }
    batch.append("addr add 10.77.202.1/16 dev tsn0\n");
    runBatch(batch.toString());
    await("last address", () -> Questions.owns(network(), ipv4("10.77.202.1")));
    await("old address gone", () -> !Questions.owns(network(), ipv4("10.77.201.1")));
    await(
        "last neighbour",
        () ->
            NeighbourTable.mac(Questions.neighbour(network(), ipv4("10.77.250.7")))
                == 0x0200_0000_0f9fL);
  }

  private void runBatch(String batch) {
    try {
      Path file = Files.createTempFile("ktsn", ".batch");
      try {
        Files.writeString(file, batch);
        namespaces.inPod("ip -batch " + file);
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void shouldLetGoOfDeletedNamespaceAndTakeUpItsSuccessor() throws InterruptedException {
    attach();
    namespaces.replacePodNamespace();
    awaitFact(fact -> fact.mtu() == 0);
    awaitFact(fact -> fact.interfaceIndex() != 0);
    await("frames flow again", () -> encode() == Verdict.ACCEPTED);
  }

  @Test
  void shouldNotKeepDeletedNamespaceAlive() throws InterruptedException {
    attach();
    namespaces.deletePodNamespace();
    awaitFact(fact -> fact.mtu() == 0);
    assertEquals(Verdict.POD_GONE, encode());
    await("peer interface is gone", () -> !namespaces.inPeer("ip -br link").contains("peer0"));
  }

  @Test
  void shouldForgetDetachedPodAndTakeItAgain() {
    attach();
    mirror.detached(pod);
    assertSame(PodNetwork.GONE, network());
    assertEquals(Verdict.POD_GONE, encode());
    mirror.attached(pod);
    assertEquals(Verdict.HOLD, encode());
  }

  @Test
  void shouldTellLateObserverOfEveryPod() throws InterruptedException {
    mirror.attached(pod);
    assertTrue(facts.isEmpty());
    mirror.addObserver(
        (number, index, mtu, generation) -> facts.add(new Fact(number, index, mtu, generation)));
    assertEquals(1500, awaitFact(fact -> fact.pod() == 3).mtu());
  }

  @Test
  void shouldRefusePodWithoutNamespaceOrInterface() {
    Pod nowhere =
        new Pod(
            "ghost",
            4,
            Path.of("/run/netns/kt-no-such"),
            "tsn0",
            "v0",
            pod.mac(),
            pod.addresses(),
            pod.channelSocket());
    String first = assertThrows(PodException.class, () -> mirror.attached(nowhere)).getMessage();
    assertTrue(first.contains("check that network namespace /run/netns/kt-no-such exists"), first);
    Pod bare =
        new Pod(
            "bare",
            5,
            pod.networkNamespace(),
            "tsn9",
            "v0",
            MacAddress.parse("02:00:00:00:00:77"),
            pod.addresses(),
            pod.channelSocket());
    String second = assertThrows(PodException.class, () -> mirror.attached(bare)).getMessage();
    assertTrue(second.contains("pod 'bare' has no interface 'tsn9'"), second);
    await("let go", () -> mirror.network(5) == PodNetwork.GONE);
  }

  @Test
  void shouldAllocateNothingWhenPlannerAsksForNeighbour() {
    attach();
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 50; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < 200; i++) {
        mirror.request(3, PEER.high(), PEER.low());
      }
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
    }
    assertEquals(0, least, "octets allocated by 200 requests");
  }
}
