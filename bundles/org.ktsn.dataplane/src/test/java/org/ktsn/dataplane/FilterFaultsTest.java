package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.ktsn.dataplane.CrankedPlanner.FRAMES;
import static org.ktsn.dataplane.CrankedPlanner.HORIZON_NS;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.ktsn.api.filter.Admission;
import org.ktsn.api.filter.Filter;
import org.ktsn.api.filter.FrameView;
import org.ktsn.api.filter.Leave;
import org.ktsn.api.filter.StatusTable;

/** Filters whose answers can't be, and what they show of themselves. */
final class FilterFaultsTest extends CheckedLine {

  @Test
  void shouldRefuseTheOctetsOfAFrameThatWasSent() {
    FilterStep late =
        crank.filter(
            "late",
            new Filter() {
              @Override
              public void sent(FrameView frame, long actualNs) {
                frame.octet(0);
              }
            });
    crank.offer(late);
    crank.send(0, soonNs(), 3);
    crank.settle();
    crank.run(HORIZON_NS);
    assertEquals(1, crank.sent());
    assertEquals(
        "the frame was sent, and its octets are the device's; read them before it leaves",
        late.problem());
  }

  /** Filters whose answers can't be, and what is said of them. */
  @Test
  void shouldTakeOutAFilterThatAnswersNonsenseAndLetTheFrameGoOn() {
    Map<Filter, String> nonsense =
        Map.of(
            atAdmission((frame, answer) -> answer.internalPriority(8)),
            "it gives a frame the priority 8; there are 0 to 7",
            atAdmission((frame, answer) -> answer.internalPriority(-1)),
            "it gives a frame the priority -1; there are 0 to 7",
            atAdmission((frame, answer) -> answer.drop(null)),
            "it drops a frame on its way in for no reason (null)",
            atAdmission((frame, answer) -> frame.octet(60)),
            "it threw java.lang.IndexOutOfBoundsException: Index 60 out of bounds for length 60",
            atDeparture((frame, answer) -> answer.drop(null)),
            "it drops a frame whose turn has come for no reason (null)",
            atDeparture((frame, answer) -> answer.hold(answer.departsNs())),
            "it has held a frame for the 10000th time; that never ends");
    nonsense.forEach(
        (filter, sentence) -> {
          long before = crank.sent();
          FilterStep bad = crank.filter("bad", filter);
          line(one, bad, two);
          crank.send(0, soonNs(), 3);
          crank.run(HORIZON_NS);
          assertEquals(before + 1, crank.sent(), sentence);
          assertEquals(sentence, bad.problem());
          crank.send(0, soonNs(), 3);
          crank.run(HORIZON_NS);
          assertEquals(before + 2, crank.sent(), sentence);
        });
    assertAtWork();
  }

  @Test
  void shouldTakeOutAFilterThatHoldsBeyondTheLatestInstant() {
    FilterStep bad =
        crank.filter("bad", atDeparture((frame, answer) -> answer.hold(answer.latestNs() + 1)));
    line(one, bad);
    crank.send(0, soonNs(), 3);
    crank.run(HORIZON_NS);
    assertEquals(1, crank.sent());
    assertTrue(bad.problem().startsWith("it holds a frame until "), bad.problem());
  }

  private static Filter atAdmission(BiConsumer<FrameView, Admission> answer) {
    return new Filter() {
      @Override
      public void admit(FrameView frame, long nowNs, Admission of) {
        answer.accept(frame, of);
      }
    };
  }

  private static Filter atDeparture(BiConsumer<FrameView, Leave> answer) {
    return new Filter() {
      @Override
      public void inspect(FrameView frame, long nowNs, Leave of) {
        answer.accept(frame, of);
      }
    };
  }

  @Test
  void shouldNotTakeUpAFilterAgainThatFailedUntilItIsOfferedAnew() {
    line(one, two);
    first.admission =
        (frame, answer) -> {
          throw new IllegalStateException("broken on purpose");
        };
    crank.send(0, crank.nowNs + 5 * HORIZON_NS, 3);
    crank.settle();
    assertEquals("broken on purpose", one.problem());
    assertEquals("", two.problem());
    first.told();
    line(one, two, three);
    crank.send(0, crank.nowNs + 5 * HORIZON_NS, 3);
    crank.run(6 * HORIZON_NS);
    assertEquals(2, crank.sent());
    assertEquals(List.of(), first.told());
    CheckingFilter mended = new CheckingFilter(FRAMES);
    line(crank.filter("one", mended), two, three);
    crank.send(0, soonNs(), 3);
    crank.settle();
    assertEquals(List.of("admit 2", "inspect 2", "leaves 2"), last(mended.told(), 3));
  }

  private static List<String> last(List<String> all, int count) {
    return all.subList(all.size() - count, all.size());
  }

  @Test
  void shouldAskAFilterOnlyWhatItAnswers() {
    assertEquals(EnumSet.noneOf(FilterCall.class), FilterCall.of(new Filter() {}));
    assertEquals(EnumSet.of(FilterCall.INSPECT), FilterCall.of(atDeparture((frame, answer) -> {})));
    assertEquals(EnumSet.allOf(FilterCall.class), FilterCall.of(first));
  }

  @Test
  void shouldShowWhatAFilterSaysOfItselfAndTakeOutOneThatCanNot() {
    List<StatusTable> tables =
        List.of(new StatusTable("meters", List.of("name"), List.of(List.of("m"))));
    FilterStep good =
        crank.filter(
            "good",
            new Filter() {
              @Override
              public List<StatusTable> status(long nowNs) {
                return tables;
              }
            });
    FilterStep bad =
        crank.filter(
            "bad",
            new Filter() {
              @Override
              public List<StatusTable> status(long nowNs) {
                return null;
              }
            });
    line(good, bad);
    assertEquals(tables, crank.planner.filters.status(good));
    assertEquals(List.of(), crank.planner.filters.status(bad));
    assertFalse(bad.problem().isEmpty());
    assertEquals(List.of(), crank.planner.filters.status(bad));
  }
}
