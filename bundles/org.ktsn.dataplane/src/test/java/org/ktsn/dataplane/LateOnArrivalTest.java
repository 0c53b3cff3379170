package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Datagrams that the planner reads after their launch times: who was late, and what they meant. */
final class LateOnArrivalTest {
  private static final long MILLISECOND_NS = 1_000_000;

  private final CrankedPlanner crank = new CrankedPlanner();

  private FakeDatagram launchedAt(long launchTimeNs) {
    FakeDatagram datagram = new FakeDatagram();
    datagram.launchTimeNs = launchTimeNs;
    return datagram;
  }

  private FakeDatagram sentInTimeAndRead(long afterNs) {
    FakeDatagram datagram = launchedAt(crank.nowNs - afterNs);
    datagram.sentNs = datagram.launchTimeNs - 100_000;
    return datagram;
  }

  private void sendAll(FakeDatagram datagram) {
    crank.send(datagram);
    crank.settle();
    crank.run(CrankedPlanner.HORIZON_NS * 2);
  }

  private Map<String, Long> drops() {
    return crank.planner.counters.drops();
  }

  @Test
  void shouldDropWhatWasSentAfterItsLaunchTime() {
    FakeDatagram datagram = launchedAt(crank.nowNs - 1);
    datagram.sentNs = crank.nowNs;
    sendAll(datagram);
    assertEquals(Map.of("late_on_arrival", 1L), drops());
  }

  @Test
  void shouldSendWhatWasSentInTimeAndCountItAsMissedByTheNode() {
    long readNs = crank.nowNs;
    sendAll(sentInTimeAndRead(MILLISECOND_NS));
    assertEquals(Map.of(), drops());
    assertEquals(1, crank.sent());
    assertEquals(1, crank.planner.counters.get(Counters.LATE));
    assertEquals(1, crank.planner.flows.status(crank.nowNs).getFirst().late());
    assertTrue(crank.launcher.sent.getFirst().launch().instantNs() >= readNs);
  }

  @Test
  void shouldDropAsMissedWhatWasSentInTimeAndLayTooLong() {
    sendAll(sentInTimeAndRead(10 * MILLISECOND_NS));
    assertEquals(1, crank.sent());
    sendAll(sentInTimeAndRead(10 * MILLISECOND_NS + 1));
    assertEquals(1, crank.sent());
    assertEquals(Map.of("missed", 1L), drops());
  }

  @Test
  void shouldDropAsMissedWhatWasSentBeforeItsDeadlineAndReadAfterIt() {
    FakeDatagram datagram = sentInTimeAndRead(1);
    datagram.deadlineMode = true;
    sendAll(datagram);
    assertEquals(Map.of("missed", 1L), drops());
  }

  @Test
  void shouldAskTheShaperWhetherItKeepsWhatIsMissed() {
    crank.offer(
        new ActiveShaper(
            "dropping", new NarrowShaper(crank.planner.frames(), true), CrankedPlanner.LINK));
    sendAll(sentInTimeAndRead(1));
    assertEquals(Map.of("missed", 1L), drops());
    assertEquals(0, crank.planner.counters.get(Counters.LATE));
  }

  @Test
  void shouldSendAtOnceWhatIsStampedWithThePastByWhoPacesForFq() {
    long readNs = crank.nowNs;
    for (long stampNs : List.of(readNs - 1, readNs - 3_600_000_000_000L, 0L)) {
      FakeDatagram datagram = launchedAt(stampNs);
      datagram.sentNs = readNs;
      datagram.pastIsNow = true;
      crank.send(datagram);
    }
    crank.settle();
    crank.run(CrankedPlanner.HORIZON_NS * 2);
    assertEquals(Map.of(), drops());
    assertEquals(3, crank.sent());
    assertEquals(0, crank.planner.counters.get(Counters.LATE), "it leaves when it was meant to");
  }

  @Test
  void shouldNotLetAPodThatStampsWithThePastGoBeforeTheTurnOfAnother() {
    for (int i = 0; i < 100; i++) {
      FakeDatagram past = launchedAt(0);
      past.sentNs = crank.nowNs;
      past.pastIsNow = true;
      crank.send(past);
    }
    long launchNs = crank.nowNs + 30_000; // half of the others are still queued
    crank.send(1, launchNs, 0);
    crank.settle();
    crank.run(CrankedPlanner.HORIZON_NS * 3);
    assertEquals(101, crank.sent());
    long durationNs = CrankedPlanner.LINK.durationNs(60);
    List<Long> other =
        crank.launcher.sent.stream()
            .filter(done -> done.launch().pod() == 1)
            .map(done -> done.launch().instantNs() - launchNs)
            .toList();
    assertEquals(1, other.size());
    assertTrue(other.getFirst() <= durationNs, other + " ns behind its launch time");
  }

  @Test
  void shouldDropADeadlineThatHasPassedWhateverTheClock() {
    FakeDatagram datagram = launchedAt(crank.nowNs - 1);
    datagram.sentNs = crank.nowNs;
    datagram.pastIsNow = true;
    datagram.deadlineMode = true;
    sendAll(datagram);
    assertEquals(Map.of("late_on_arrival", 1L), drops());
  }

  @Test
  void shouldLetTheSettingDecideForAllClocks() {
    FakeDatagram paced = launchedAt(0);
    paced.pastIsNow = true;
    FakeDatagram timed = launchedAt(0);
    assertEquals(
        List.of(true, false, false, false, true, true),
        List.of(
            LateOnArrival.of("clock").sends(paced),
            LateOnArrival.of("clock").sends(timed),
            LateOnArrival.of("drop").sends(paced),
            LateOnArrival.of("drop").sends(timed),
            LateOnArrival.of("send").sends(paced),
            LateOnArrival.of("send").sends(timed)));
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> LateOnArrival.of("Send"));
    assertEquals("late.on.arrival is 'Send'; give clock, drop or send", refusal.getMessage());
  }
}
