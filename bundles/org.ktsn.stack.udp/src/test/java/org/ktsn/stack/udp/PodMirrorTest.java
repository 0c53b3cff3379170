package org.ktsn.stack.udp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.ktsn.stack.udp.TestDatagram.ipv4;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.api.pod.Pod;

final class PodMirrorTest {
  private static final IpAddress PEER = ipv4("10.77.0.3");
  private static final long SECOND_NS = 1_000_000_000L;

  private final Pod pod =
      new Pod(
          "talker",
          3,
          Path.of("/run/netns/talker"),
          "tsn0",
          "v3",
          new MacAddress(2),
          List.of("10.77.0.2/16", "10.77.0.9/16"),
          Path.of("/run/app.sock"));
  private final FakeKernel kernel = new FakeKernel();
  private final List<PodNetwork> published = new ArrayList<>();
  private int networkChanges;
  private long nowNs = 5 * SECOND_NS;

  private PodMirror open() {
    PodMirror mirror =
        new PodMirror(
            pod,
            kernel,
            Arena.ofAuto().allocate(8192),
            (_, network, networkChanged) -> {
              published.add(network);
              networkChanges += networkChanged ? 1 : 0;
            },
            () -> nowNs);
    mirror.receive();
    return mirror;
  }

  private PodNetwork network() {
    return published.getLast();
  }

  private int peerState() {
    return NeighbourTable.state(Questions.neighbour(network(), PEER));
  }

  @Test
  void shouldPublishWholeNetworkAtOnce() {
    open();
    assertEquals(1, published.size());
    assertEquals(FakeKernel.INDEX, network().attachment().index());
    assertTrue(Questions.owns(network(), ipv4("10.77.0.2")));
    assertTrue(network().leadsTo(PEER));
    assertEquals(0x0200_0000_0003L, NeighbourTable.mac(Questions.neighbour(network(), PEER)));
  }

  @Test
  void shouldReadAgainAfterNewsButNotAtOnce() {
    PodMirror mirror = open();
    kernel.address = "10.77.0.9";
    kernel.newsOfAddress();
    mirror.receive();
    assertEquals(1, networkChanges, "the pause after the last reading");
    nowNs = mirror.dueNs();
    mirror.tick();
    mirror.receive();
    assertEquals(2, networkChanges);
    assertTrue(Questions.owns(network(), ipv4("10.77.0.9")));
    assertFalse(Questions.owns(network(), ipv4("10.77.0.2")));
  }

  @Test
  void shouldTakeManyNewsForOneReading() {
    PodMirror mirror = open();
    nowNs += SECOND_NS;
    for (int i = 0; i < 50; i++) {
      kernel.newsOfAddress();
    }
    mirror.receive();
    mirror.receive();
    assertEquals(2, kernel.linkDumps);
  }

  @Test
  void shouldReadAllAgainAfterLostMessages() {
    PodMirror mirror = open();
    nowNs += SECOND_NS;
    kernel.neighbourState = Rtnetlink.NUD_STALE;
    kernel.overrun();
    mirror.receive();
    mirror.receive();
    assertEquals(2, kernel.linkDumps);
    assertEquals(NeighbourTable.STALE, peerState());
  }

  @Test
  void shouldNotBelieveTornReadingAtFirst() {
    kernel.interruptedDumps = 2;
    open();
    assertEquals(3, kernel.linkDumps);
    assertEquals(1, published.size());
  }

  @Test
  void shouldPublishTornReadingInTheEndAndTryAgainLater() {
    kernel.interruptedDumps = 3;
    PodMirror mirror = open();
    assertEquals(1, published.size());
    nowNs = mirror.dueNs();
    mirror.tick();
    mirror.receive();
    assertEquals(4, kernel.linkDumps);
  }

  @Test
  void shouldAskAgainForRefusedDump() {
    kernel.refusedDumps = 1;
    PodMirror mirror = open();
    assertEquals(0, published.size());
    nowNs = mirror.dueNs();
    mirror.tick();
    mirror.receive();
    assertEquals(1, published.size());
  }

  @Test
  void shouldBeginAnewWhenKernelDoesNotAnswer() {
    PodMirror mirror = open();
    nowNs += SECOND_NS;
    kernel.newsOfAddress();
    mirror.receive();
    kernel.queue.clear();
    nowNs = mirror.dueNs() + 1;
    mirror.tick();
    mirror.receive();
    assertEquals(2, networkChanges);
  }

  @Test
  void shouldFollowNeighbours() {
    PodMirror mirror = open();
    kernel.newsOfNeighbour(Rtnetlink.RTM_NEWNEIGH, Rtnetlink.NUD_STALE, 0);
    mirror.receive();
    assertEquals(NeighbourTable.STALE, peerState());
    kernel.newsOfNeighbour(Rtnetlink.RTM_NEWNEIGH, Rtnetlink.NUD_PROBE, 0);
    mirror.receive();
    assertEquals(NeighbourTable.REACHABLE, peerState());
    kernel.newsOfNeighbour(Rtnetlink.RTM_DELNEIGH, Rtnetlink.NUD_PROBE, 0);
    mirror.receive();
    assertEquals(NeighbourTable.UNKNOWN, peerState());
    assertEquals(1, networkChanges);
  }

  @Test
  void shouldBelieveFailureForOneSecond() {
    PodMirror mirror = open();
    kernel.newsOfNeighbour(Rtnetlink.RTM_NEWNEIGH, Rtnetlink.NUD_FAILED, 0);
    mirror.receive();
    assertEquals(NeighbourTable.FAILED, peerState());
    nowNs += SECOND_NS - 1;
    mirror.tick();
    assertEquals(NeighbourTable.FAILED, peerState());
    assertEquals(nowNs + 1, mirror.dueNs());
    nowNs += 1;
    mirror.tick();
    assertEquals(NeighbourTable.UNKNOWN, peerState());
  }

  @Test
  void shouldKeepRecentFailureOverNewReading() {
    PodMirror mirror = open();
    nowNs += SECOND_NS;
    kernel.neighbourState = Rtnetlink.NUD_FAILED;
    kernel.newsOfNeighbour(Rtnetlink.RTM_NEWNEIGH, Rtnetlink.NUD_FAILED, 0);
    kernel.newsOfAddress();
    mirror.receive();
    mirror.receive();
    assertEquals(2, networkChanges);
    assertEquals(NeighbourTable.FAILED, peerState());
  }

  @Test
  void shouldNotTakeOldFailureOfDump() {
    kernel.neighbourState = Rtnetlink.NUD_FAILED;
    open();
    assertEquals(NeighbourTable.UNKNOWN, peerState());
  }

  @Test
  void shouldReadNeighboursAnewNowAndThen() {
    PodMirror mirror = open();
    kernel.neighbourState = Rtnetlink.NUD_STALE;
    nowNs = mirror.dueNs();
    mirror.tick();
    mirror.receive();
    assertEquals(2, kernel.neighbourDumps);
    assertEquals(1, kernel.linkDumps);
    assertEquals(NeighbourTable.STALE, peerState());
    assertEquals(1, networkChanges);
  }

  @Test
  void shouldAskKernelToUseNeighbour() {
    open().use(PEER);
    assertEquals(List.of(PEER), kernel.used);
  }

  @Test
  void shouldReadAgainForDoubtedNextHopAndRefuseItForOneSecond() {
    IpAddress hop = ipv4("192.0.2.9");
    PodMirror mirror = open();
    nowNs += SECOND_NS;
    mirror.ask(hop, true);
    assertEquals(2, kernel.linkDumps);
    mirror.receive();
    assertEquals(NeighbourTable.REFUSED, NeighbourTable.state(Questions.neighbour(network(), hop)));
    assertEquals(List.of(), kernel.used);
    nowNs += SECOND_NS;
    mirror.tick();
    assertEquals(NeighbourTable.UNKNOWN, NeighbourTable.state(Questions.neighbour(network(), hop)));
  }

  @Test
  void shouldNotLetDoubtsMakeItReadAllTheTime() {
    PodMirror mirror = open();
    for (int i = 0; i < 1000; i++) {
      mirror.ask(IpAddress.ipv4(0xc000_0201 + i), true);
    }
    assertEquals(1, kernel.linkDumps, "the pause after the last reading");
    nowNs = mirror.dueNs();
    mirror.tick();
    mirror.receive();
    assertEquals(2, kernel.linkDumps);
  }

  @Test
  void shouldResolveDoubtedNextHopThatIsKnownByNow() {
    open().ask(PEER, true);
    assertEquals(List.of(PEER), kernel.used);
  }

  @Test
  void shouldFollowInterfaceByIndexUntilItIsRemoved() {
    PodMirror mirror = open();
    nowNs += SECOND_NS;
    kernel.name = "uplink";
    kernel.newsOfAddress();
    mirror.receive();
    mirror.receive();
    assertEquals(2, networkChanges);
    assertEquals(FakeKernel.INDEX, network().attachment().index());
    nowNs += SECOND_NS;
    kernel.newsOfRemoval();
    mirror.receive();
    mirror.receive();
    assertEquals(3, networkChanges);
    assertEquals(0, network().attachment().index(), "another one has taken the number");
  }

  @Test
  void shouldSurviveNoise() {
    PodMirror mirror = open();
    nowNs += SECOND_NS;
    kernel.queue.add(new byte[] {1, 2, 3});
    mirror.receive();
    mirror.receive();
    assertEquals(2, kernel.linkDumps);
  }
}
