package org.ktsn.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.ktsn.cli.bench.DepartureOracle.Departure;
import org.ktsn.cli.bench.OracleAudit.Away;
import org.ktsn.cli.demo.GateProgram;
import org.ktsn.cli.demo.GateProgram.Entry;

/** Frames of 100 ns, one each 200 ns in class 7 and in class 5; the gates are always open. */
class OracleAuditTest {
  private static final ClassFlow SEVEN = new ClassFlow(7, 3, 0, 200, i -> 100);
  private static final ClassFlow FIVE = new ClassFlow(5, 3, 0, 200, i -> 100);

  private static OracleAudit audit(List<Away> missed, boolean mayBeLate, Departure... planned) {
    GateCalendar open =
        new GateCalendar(
            new GateProgram(true, 255, List.of(new Entry(0xff, 10_000)), 1, 100_000, 0),
            0,
            1_000_000);
    return OracleAudit.of(
        new DepartureOracle(open, List.of(SEVEN, FIVE), 0), List.of(planned), missed, mayBeLate);
  }

  private static Departure seven(int sequence, long atNs) {
    return new Departure(SEVEN, sequence, atNs);
  }

  private static Departure five(int sequence, long atNs) {
    return new Departure(FIVE, sequence, atNs);
  }

  @Test
  void shouldFindEveryFrameEqual() {
    OracleAudit audit =
        audit(
            List.of(),
            false,
            seven(0, 0),
            five(0, 100),
            seven(1, 200),
            five(1, 300),
            seven(2, 400),
            five(2, 500));
    assertEquals(new OracleAudit(6, 0, 0, 0, ""), audit);
  }

  @Test
  void shouldNameAFrameThatIsPlannedOtherwise() {
    OracleAudit audit = audit(List.of(), true, five(0, 0), seven(0, 100), seven(1, 200));
    assertEquals(1, audit.different());
    assertEquals(2, audit.equal());
    assertEquals(
        "frame 0 of class 5 was planned at 0; with the link free at 0, the oracle says frame 0 of"
            + " class 7 at 0",
        audit.firstDifference());
  }

  @Test
  void shouldCountAPlanThatCameLateOnceAndGoOnFromThere() {
    Departure[] late = {seven(0, 0), five(0, 150), seven(1, 250), five(1, 350)};
    assertEquals(new OracleAudit(3, 0, 1, 0, ""), audit(List.of(), true, late));
    assertEquals(1, audit(List.of(), false, late).different(), "the planner was never late");
  }

  @Test
  void shouldNotTakeAnotherFrameForALatePlan() {
    OracleAudit audit = audit(List.of(), true, seven(0, 0), five(0, 250));
    assertEquals(1, audit.different(), "at 250 it is class 7's turn");
  }

  @Test
  void shouldExcuseWhatIsPlannedBesideAMissedLaunch() {
    Departure[] planned = {five(0, 100), seven(0, 230), seven(1, 330)};
    OracleAudit audit = audit(List.of(new Away(150, 240), new Away(0, 160)), false, planned);
    assertEquals(new OracleAudit(1, 2, 0, 0, ""), audit);
    assertEquals(2, audit(List.of(), false, planned).different());
    assertEquals(
        1, audit(List.of(new Away(0, 120)), false, planned).different(), "it was back by then");
  }

  @Test
  void shouldNotAcceptMoreFramesThanThereAre() {
    OracleAudit audit =
        audit(
            List.of(),
            false,
            seven(0, 0),
            five(0, 100),
            seven(1, 200),
            five(1, 300),
            seven(2, 400),
            five(2, 500),
            five(2, 600));
    assertTrue(audit.different() == 1 && audit.equal() == 6, audit.toString());
  }
}
