package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.ingress.Report;

/** What programs are told of their datagrams. */
final class ReportsTest {
  private static final long MILLISECOND_NS = 1_000_000;
  private static final int FRAME_OCTETS = 60;

  private CrankedPlanner crank = new CrankedPlanner();

  private FakeDatagram datagram(int reports, int number) {
    FakeDatagram datagram = new FakeDatagram();
    datagram.launchTimeNs = crank.nowNs + MILLISECOND_NS;
    datagram.reports = reports;
    datagram.socket = 4_711;
    datagram.reportNumber = number;
    datagram.stamp = 1_000L + number;
    return datagram;
  }

  private List<Report.Kind> kinds() {
    return crank.told.stream().map(CrankedPlanner.Told::kind).toList();
  }

  @Test
  void shouldTellWhenItWasQueuedAndWhenItWasSent() {
    long queuedNs = crank.nowNs;
    FakeDatagram datagram = datagram(Report.SCHEDULED | Report.SENT, 5);
    datagram.pod = 2;
    crank.send(datagram);
    crank.settle();
    assertEquals(
        List.of(
            new CrankedPlanner.Told(Report.Kind.SCHEDULED, 2, 4_711, 5, 1_005, queuedNs, 0, -1)),
        crank.told);
    crank.run(2 * MILLISECOND_NS);
    assertEquals(
        new CrankedPlanner.Told(Report.Kind.SENT, 2, 4_711, 5, 1_005, datagram.launchTimeNs, 0, -1),
        crank.told.getLast());
    assertEquals(2, crank.told.size());
  }

  @Test
  void shouldShowTheFrameItselfAlthoughItsBufferIsAnothersByThen() {
    crank.send(datagram(Report.SENT | Report.FRAME, 5));
    crank.settle();
    crank.overwriteBuffers();
    crank.run(2 * MILLISECOND_NS);
    assertEquals(List.of(Report.Kind.SENT), kinds());
    assertEquals(FRAME_OCTETS, crank.told.getFirst().frameOctets());
    assertEquals(5, crank.told.getFirst().firstOctet());
  }

  @Test
  void shouldTellOfOneThatCameTooLateOrFarTooEarlyAndShowIt() {
    for (long aheadNs : List.of(-1L, CrankedPlanner.MAX_AHEAD_NS + 1)) {
      crank.told.clear();
      FakeDatagram datagram = datagram(Report.ERRORS, 6);
      datagram.launchTimeNs = crank.nowNs + aheadNs;
      datagram.sentNs = crank.nowNs;
      crank.send(datagram);
      crank.settle();
      assertEquals(
          List.of(
              new CrankedPlanner.Told(
                  Report.Kind.INVALID, 0, 4_711, 6, 1_006, crank.nowNs, FRAME_OCTETS, 6)),
          crank.told);
    }
    assertEquals(0, crank.sent());
  }

  @Test
  void shouldShowNothingOfABufferWhereTheStackHasWrittenNoFrame() {
    crank.stackSays = Verdict.BAD_SOURCE;
    FakeDatagram late = datagram(Report.ERRORS, 6);
    late.launchTimeNs = crank.nowNs - 1;
    late.sentNs = crank.nowNs;
    crank.send(late);
    crank.send(datagram(Report.ERRORS, 7)); // of what is forged nobody is told
    crank.settle();
    assertEquals(List.of(Report.Kind.INVALID), kinds());
    assertEquals(0, crank.told.getFirst().frameOctets());
  }

  @Test
  void shouldTellOfOneThatTheMachineStalledPast() {
    crank.offer(
        new ActiveShaper(
            "dropping", new NarrowShaper(crank.planner.frames(), true), CrankedPlanner.LINK));
    crank.send(datagram(Report.ERRORS | Report.SENT | Report.FRAME, 7));
    crank.settle();
    crank.stall(2 * MILLISECOND_NS);
    crank.settle();
    assertEquals(List.of(Report.Kind.MISSED), kinds());
    assertEquals(FRAME_OCTETS, crank.told.getFirst().frameOctets());
    assertEquals(7, crank.told.getFirst().firstOctet());
    assertEquals(1_007, crank.told.getFirst().stamp());
  }

  @Test
  void shouldTellNobodyWhatHeDoesNotAskFor() {
    crank.send(datagram(0, 1));
    crank.send(datagram(Report.ERRORS, 2));
    FakeDatagram late = datagram(Report.SENT | Report.SCHEDULED | Report.FRAME, 3);
    late.launchTimeNs = crank.nowNs - 1;
    late.sentNs = crank.nowNs;
    crank.send(late);
    crank.run(2 * MILLISECOND_NS);
    assertEquals(2, crank.sent());
    assertEquals(List.of(), crank.told);
  }

  @Test
  void shouldTellOnceWhereAFrameIsDatedAnew() {
    crank.send(datagram(Report.SENT | Report.SCHEDULED | Report.FRAME, 4));
    crank.settle();
    crank.stall(2 * MILLISECOND_NS);
    crank.settle();
    crank.run(2 * MILLISECOND_NS);
    assertEquals(1, crank.sent());
    assertEquals(List.of(Report.Kind.SCHEDULED, Report.Kind.SENT), kinds());
    assertEquals(4, crank.told.getLast().firstOctet());
  }

  @Test
  void shouldKeepPlacesForOtherPodsWhereOneShowsMany() {
    int many = 600;
    crank = new CrankedPlanner(4 * many);
    for (int round = 0; round < 3; round++) {
      crank.told.clear();
      for (int i = 0; i < many; i++) {
        crank.send(datagram(Report.SENT | Report.FRAME, i & 0x3f));
      }
      FakeDatagram other = datagram(Report.SENT | Report.FRAME, 0x41);
      other.pod = 1;
      crank.send(other);
      crank.run(20 * MILLISECOND_NS);
      assertEquals((round + 1L) * (many + 1), crank.sent());
      assertEquals(1, crank.told.stream().filter(told -> told.pod() == 1).count());
      int shown = crank.told.size() - 1;
      assertTrue(shown >= 200 && shown < many, shown + " of " + many);
    }
  }
}
