package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.ktsn.dataplane.CrankedPlanner.HORIZON_NS;
import static org.ktsn.dataplane.CrankedPlanner.LINK;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.ktsn.api.filter.Leave;
import org.ktsn.api.frame.DropReason;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.shaper.Shaper;
import org.ktsn.foreign.NativeMemory;

/** What filters are asked and told, turn by turn. */
final class FilterLineTest extends CheckedLine {
  private static final DropReason POLICED =
      DropReason.of("test_policed", "a test does not want it", "");
  private static final List<String> PODS =
      List.of("opened pod0", "opened pod1", "opened pod2", "opened pod3");

  @Test
  void shouldTellAFilterWhatThereIsAndThenOfAFramesWay() {
    crank.offer(one);
    crank.turn();
    List<String> told = new ArrayList<>(List.of("link of 1000000000", "schedule of false"));
    told.addAll(PODS);
    assertEquals(told, first.told());
    crank.send(0, soonNs(), 3);
    crank.settle();
    assertEquals(List.of("admit 0", "inspect 0", "leaves 0"), first.told());
    crank.run(HORIZON_NS);
    assertEquals(List.of("sent 0"), first.told());
    assertAtWork();
  }

  @Test
  void shouldTellThoseBeforeAFilterThatDropsAFrameOnItsWayInAndNobodyElse() {
    line(one, two, three);
    second.admission = (frame, answer) -> answer.drop(POLICED);
    crank.send(0, soonNs(), 3);
    crank.settle();
    assertEquals(List.of("admit 0", "dropped test_policed 0"), first.told());
    assertEquals(List.of("admit 0"), second.told());
    assertEquals(List.of(), third.told());
    assertEquals(1, crank.dropped(POLICED));
    assertEquals(0, crank.planner.frames().used());
    assertAtWork();
  }

  @Test
  void shouldShowTheClassThatAFilterGivesToThoseBehindTheShaperAndTheFlow() {
    List<Integer> seen = new ArrayList<>();
    line(one, two);
    first.admission = (frame, answer) -> answer.internalPriority(6);
    second.admission = (frame, answer) -> seen.add(frame.trafficClass());
    crank.send(0, soonNs(), 3);
    crank.settle();
    crank.run(HORIZON_NS);
    assertEquals(List.of(6), seen);
    assertEquals(6, crank.launcher.sent.getFirst().launch().queue());
    assertEquals(
        6, crank.planner.flows.status(crank.nowNs).getFirst().trafficClass().orElseThrow());
    assertAtWork();
  }

  @Test
  void shouldAdmitAFrameWhenItsNextHopIsKnown() {
    List<Long> flows = new ArrayList<>();
    line(one);
    first.admission =
        (frame, answer) -> {
          flows.add(frame.flow());
          answer.internalPriority(1);
        };
    crank.stackSays = Verdict.HOLD;
    crank.send(0, crank.nowNs + 10 * HORIZON_NS, 3);
    crank.settle();
    assertEquals(List.of(), first.told());
    crank.stackSays = Verdict.ACCEPTED;
    crank.run(HORIZON_NS);
    assertEquals(List.of("admit 0"), first.told());
    assertTrue(flows.getFirst() != 0, "it has its flow");
    assertEquals(
        0, // of priority 1, by IEEE 802.1Q-2022 Table 8-5
        crank.planner.flows.status(crank.nowNs).getFirst().trafficClass().orElseThrow());
    crank.run(10 * HORIZON_NS);
    assertEquals(List.of("inspect 0", "leaves 0", "sent 0"), first.told());
    assertAtWork();
  }

  @Test
  void shouldNotAskAboutWhatIsNoFrame() {
    line(one);
    crank.send(0, crank.nowNs - 1, 3);
    crank.stackSays = Verdict.NO_ROUTE;
    crank.send(0, soonNs(), 3);
    crank.settle();
    assertEquals(2, crank.dropped());
    assertEquals(List.of(), first.told());
  }

  @Test
  void shouldHoldAFrameUntilTheLatestInstantAndTellThoseWhoAsked() {
    line(one, two, three);
    long untilNs = crank.nowNs + 5 * HORIZON_NS;
    first.departure = (frame, answer) -> hold(answer, untilNs - HORIZON_NS);
    third.departure = (frame, answer) -> hold(answer, untilNs);
    crank.send(0, soonNs(), 3);
    crank.settle();
    assertEquals(List.of("admit 0", "inspect 0", "held 0"), first.told());
    assertEquals(List.of("admit 0", "inspect 0"), second.told());
    assertEquals(List.of("admit 0", "inspect 0", "held 0"), third.told());
    crank.run(6 * HORIZON_NS);
    assertEquals(List.of("inspect 0", "leaves 0", "sent 0"), second.told());
    assertEquals(untilNs, crank.launcher.sent.getFirst().actualNs());
    assertAtWork();
  }

  private static void hold(Leave answer, long untilNs) {
    if (answer.departsNs() < untilNs) {
      answer.hold(untilNs);
    }
  }

  @Test
  void shouldLetFramesOfOthersByWhileOneIsHeld() {
    line(one);
    long untilNs = crank.nowNs + 5 * HORIZON_NS;
    first.departure =
        (frame, answer) -> {
          if (frame.pod() == 0) {
            hold(answer, untilNs);
          }
        };
    crank.send(0, soonNs(), 3);
    crank.send(1, soonNs() + 1, 3);
    long otherNs = soonNs() + 1;
    crank.settle();
    crank.run(6 * HORIZON_NS);
    assertEquals(List.of(otherNs, untilNs), sentAt());
    assertAtWork();
  }

  @Test
  void shouldMissAFrameWhoseDeadlineIsBeforeTheHold() {
    line(one, two);
    crank.deadlineMode = true;
    first.departure = (frame, answer) -> answer.hold(frame.launchTimeNs() + 1);
    crank.send(0, crank.nowNs + 5 * HORIZON_NS, 3);
    crank.settle();
    assertEquals(Map.of("missed", 1L), crank.planner.counters.drops());
    assertEquals(List.of("admit 0", "inspect 0", "dropped missed 0"), first.told());
    assertEquals(List.of("admit 0", "inspect 0", "dropped missed 0"), second.told());
    assertAtWork();
  }

  @Test
  void shouldLetAFrameInDeadlineModeLeaveAtTheEndOfItsHoldAndMissASecondOneBeyondTheDeadline() {
    line(one);
    crank.deadlineMode = true;
    long deadlineNs = crank.nowNs + 5 * HORIZON_NS;
    first.departure = (frame, answer) -> hold(answer, deadlineNs - HORIZON_NS);
    crank.send(0, deadlineNs, 3);
    crank.run(5 * HORIZON_NS);
    assertEquals(List.of(deadlineNs - HORIZON_NS), sentAt());
    first.departure =
        (frame, answer) ->
            answer.hold(frame.wasHeld() ? frame.launchTimeNs() + 5 * HORIZON_NS : soonNs());
    crank.send(0, crank.nowNs + 2 * HORIZON_NS, 3);
    crank.run(5 * HORIZON_NS);
    assertEquals(Map.of("missed", 1L), crank.planner.counters.drops());
    assertAtWork();
  }

  @Test
  void shouldDropAFrameWhoseTurnHasComeAndTellEverybody() {
    line(one, two, three);
    first.departure = (frame, answer) -> answer.hold(answer.departsNs() + HORIZON_NS);
    second.departure = (frame, answer) -> answer.drop(POLICED);
    crank.send(0, soonNs(), 3);
    crank.settle();
    assertEquals(1, crank.dropped(POLICED));
    assertEquals(List.of("admit 0", "inspect 0", "dropped test_policed 0"), first.told());
    assertEquals(List.of("admit 0", "inspect 0", "dropped test_policed 0"), second.told());
    assertEquals(List.of("admit 0", "dropped test_policed 0"), third.told());
    assertAtWork();
  }

  @Test
  void shouldTellThatADeviceTookNothing() {
    line(one);
    crank.launcher.refuses = true;
    crank.send(0, soonNs(), 3);
    crank.settle();
    crank.run(HORIZON_NS);
    assertEquals(List.of("admit 0", "inspect 0", "leaves 0", "dropped port_down 0"), first.told());
    assertAtWork();
  }

  @Test
  void shouldTellThatAFrameWaitsAgainWhichTheMachineStalledPast() {
    line(one);
    crank.offer(new ActiveShaper("narrow", new NarrowShaper(crank.planner.frames()), LINK));
    crank.send(0, soonNs(), 3);
    crank.send(0, soonNs() + 1_000, 3); // comes back behind the other
    crank.settle();
    first.told();
    crank.stall(HORIZON_NS);
    crank.settle();
    crank.run(HORIZON_NS);
    assertEquals(
        List.of(
            "returned 0",
            "returned 1",
            "inspect 0",
            "leaves 0",
            "inspect 1",
            "leaves 1",
            "sent 0",
            "sent 1"),
        first.told());
    assertAtWork();
  }

  @Test
  void shouldTellThatAFrameIsCalledBackForAnotherPort() {
    line(one);
    crank.send(0, soonNs(), 3);
    crank.settle();
    crank.offer(NoStages.PORT);
    crank.turn();
    crank.pass(HORIZON_NS / 4);
    crank.settle();
    assertEquals(List.of("admit 0", "inspect 0", "leaves 0", "returned 0"), first.told());
    crank.offer(CrankedPlanner.port(LINK));
    crank.run(HORIZON_NS);
    assertEquals(List.of("inspect 0", "leaves 0", "sent 0"), first.told());
    assertAtWork();
  }

  @Test
  void shouldTellWhatAStepOfTheClockDropsAndThatItWasSet() {
    line(one);
    crank.send(0, soonNs(), 3);
    crank.send(0, crank.nowNs + 50 * HORIZON_NS, 3);
    crank.settle();
    first.told();
    crank.step(100 * HORIZON_NS);
    long setNs = crank.nowNs;
    crank.turn();
    crank.pass(1);
    crank.settle();
    assertEquals(
        List.of("clock " + setNs, "returned 0", "dropped missed 0", "dropped missed 1"),
        first.told());
    assertAtWork();
  }

  @Test
  void shouldTellOfPodsAndThatFramesOfOneAreDroppedThatIsGone() {
    line(one);
    crank.send(0, crank.nowNs + 5 * HORIZON_NS, 3);
    crank.send(0, soonNs(), 3);
    crank.settle();
    first.told();
    crank.planner.detach(0);
    crank.planner.attach(TestPods.pod(0));
    crank.planner.attach(TestPods.pod(0)); // is known
    crank.run(HORIZON_NS);
    assertEquals(List.of("closed 0", "opened pod0", "sent 1"), first.told());
    crank.run(5 * HORIZON_NS);
    assertEquals(List.of("dropped pod_gone 0"), first.told());
    assertAtWork();
  }

  @Test
  void shouldTellThatTheShaperRefusesAFrameThatComesOrIsHandedOverOrIsHeld() {
    line(one);
    Refusing refusing = new Refusing(crank);
    crank.send(0, crank.nowNs + 5 * HORIZON_NS, 3);
    crank.settle();
    first.told();
    refusing.refuses = true;
    crank.offer(refusing.active());
    crank.settle();
    crank.send(0, crank.nowNs + 5 * HORIZON_NS, 3);
    crank.settle();
    assertEquals(List.of("dropped never_fits 0", "admit 1", "dropped never_fits 1"), first.told());
    refusing.refuses = false;
    first.departure = (frame, answer) -> answer.hold(answer.departsNs() + 1);
    crank.send(0, crank.nowNs + 5 * HORIZON_NS, 3);
    crank.settle();
    refusing.refuses = true;
    crank.run(6 * HORIZON_NS);
    assertEquals(List.of("admit 2", "inspect 2", "dropped never_fits 2"), first.told());
    assertAtWork();
  }

  @Test
  void shouldTellOfAnotherScheduleAndAnotherLink() {
    line(one);
    crank.planner.changeSchedule(ClockStepTest.windows());
    crank.turn();
    assertEquals(List.of("schedule of true"), first.told());
    PortModel slow = new PortModel(100_000_000L, 0);
    crank.offer(CrankedPlanner.port(slow));
    crank.turn();
    assertEquals(List.of("link of 100000000"), first.told());
  }

  @Test
  void shouldTellANewFilterOfFramesThatWaitInTheOrderInWhichTheyCameAndOfThoseOnTheirWay() {
    crank.offer(two);
    for (int i = 0; i < 20; i++) {
      crank.send(i % 4, soonNs() + (20 - i) * HORIZON_NS / 10, i % 8); // the last ones first
    }
    crank.settle();
    crank.run(HORIZON_NS); // some rows are free in the middle
    assertTrue(crank.launcher.outstanding() > 0 && crank.sent() > 0);
    crank.stackSays = Verdict.HOLD;
    crank.send(0, crank.nowNs + 5 * HORIZON_NS, 3);
    crank.settle();
    second.told();
    crank.offer(one, two);
    crank.turn();
    List<String> told = new ArrayList<>(List.of("link of 1000000000", "schedule of false"));
    told.addAll(PODS);
    for (int i = 0; i < 20 - crank.sent(); i++) {
      told.add("waits " + i);
    }
    assertEquals(told, first.told());
    assertEquals(List.of(), second.told(), "one that stays");
    crank.stackSays = Verdict.ACCEPTED;
    crank.run(6 * HORIZON_NS);
    assertEquals(21, crank.sent());
    assertAtWork();
  }

  @Test
  void shouldTellAFilterThatWentNothingMoreAndLetItsFramesGoOn() {
    line(one, two);
    crank.send(0, crank.nowNs + 5 * HORIZON_NS, 3);
    crank.settle();
    crank.offer(two);
    crank.turn();
    first.told();
    crank.run(6 * HORIZON_NS);
    assertEquals(List.of(), first.told());
    assertEquals(1, crank.sent());
    assertEquals(0, second.known());
    assertEquals("", two.problem());
  }

  @Test
  void shouldAskInTheOrderOfTheLineAlsoAfterAnotherOneWasGiven() {
    List<String> order = new ArrayList<>();
    first.admission = (frame, answer) -> order.add("one");
    second.admission = (frame, answer) -> order.add("two");
    third.admission = (frame, answer) -> order.add("three");
    line(one, two, three);
    crank.send(0, soonNs(), 3);
    crank.settle();
    line(three, one);
    crank.send(0, soonNs(), 3);
    crank.settle();
    assertEquals(List.of("one", "two", "three", "three", "one"), order);
  }

  @Test
  void shouldShowAFrameAsItIs() {
    crank.offer(one);
    crank.deadlineMode = true;
    long launchTimeNs = soonNs();
    List<String> seen = new ArrayList<>();
    first.admission =
        (frame, answer) -> {
          NativeMemory.putInt(crank.planner.frames().data[frame.number()] + 12, 0x03020181);
          seen.add(
              "pod %d priority %d class %d length %d sdu %d link %d launch %b deadline %b arrived %b held %b"
                  .formatted(
                      frame.pod(),
                      frame.priority(),
                      frame.trafficClass(),
                      frame.lengthOctets(),
                      frame.sduOctets(),
                      frame.linkOctets(),
                      frame.launchTimeNs() == launchTimeNs,
                      frame.deadlineMode(),
                      frame.arrivedNs() == crank.nowNs,
                      frame.wasHeld()));
          seen.add(
              "%x %x %x".formatted(frame.octet(12), frame.twoOctets(12), frame.fourOctets(12)));
          assertThrows(IndexOutOfBoundsException.class, () -> frame.octet(60));
          assertThrows(IndexOutOfBoundsException.class, () -> frame.octet(-1));
        };
    crank.send(2, launchTimeNs, 1);
    crank.settle();
    assertEquals(
        List.of(
            "pod 2 priority 1 class 0 length 60 sdu 46 link 84 launch true deadline true arrived true held"
                + " false",
            "81 8101 81010203"),
        seen);
    crank.run(HORIZON_NS);
    assertAtWork();
  }

  private List<Long> sentAt() {
    return crank.launcher.sent.stream().map(SimulatedLauncher.Completion::actualNs).toList();
  }

  /** A shaper that refuses what it is given, when it is told to. */
  private static final class Refusing {
    private final Shaper good;
    private final Shaper refusing;
    boolean refuses;

    Refusing(CrankedPlanner crank) {
      good = crank.fallback().shaper();
      refusing =
          (Shaper)
              Proxy.newProxyInstance(
                  Shaper.class.getClassLoader(),
                  new Class<?>[] {Shaper.class},
                  (proxy, method, arguments) ->
                      refuses && method.getName().equals("enqueue")
                          ? Verdict.NEVER_FITS
                          : method.invoke(good, arguments));
    }

    ActiveShaper active() {
      return new ActiveShaper("refusing", refusing, LINK);
    }
  }
}
