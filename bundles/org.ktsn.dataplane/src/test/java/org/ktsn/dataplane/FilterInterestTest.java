package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.ktsn.dataplane.CrankedPlanner.HORIZON_NS;
import static org.ktsn.dataplane.CrankedPlanner.LINK;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.ktsn.api.filter.Filter;
import org.ktsn.api.filter.FrameView;
import org.ktsn.api.frame.DropReason;
import org.ktsn.api.pod.Bandwidth;
import org.ktsn.api.pod.Pod;
import org.ktsn.filter.credit.CreditFilterFactory;

/** A filter is asked and told about the frames of those pods that it heeds, and of no others. */
final class FilterInterestTest extends CheckedLine {
  private static final DropReason POLICED =
      DropReason.of("test_policed", "a test does not want it", "");
  private static final int SHAPED = 1;
  private static final Set<String> NOT_OF_A_FRAME =
      Set.of("opened", "heeds", "closed", "schedule", "link", "clockSet");

  @Test
  void shouldCallTheCreditForNoFrameOfAPodWithoutAnIdleSlope() {
    List<String> calls = new ArrayList<>();
    FilterStep credit = crank.filter("credit", counted(calls));
    crank.offer(credit);
    sendOfEachPod();
    assertEquals(CrankedPlanner.PODS, crank.sent());
    assertEquals(List.of(), calls);
    assertEquals("", credit.problem());
  }

  @Test
  void shouldCallTheCreditForTheFramesOfThePodThatHasAnIdleSlopeOnly() {
    List<String> calls = new ArrayList<>();
    crank.offer(crank.filter("credit", counted(calls)));
    crank.planner.attach(TestPods.pod(SHAPED, Bandwidth.of(1_000_000)));
    sendOfEachPod();
    assertEquals(CrankedPlanner.PODS, crank.sent());
    assertEquals(
        List.of("admit of pod 1", "inspect of pod 1", "leaves of pod 1", "sent of pod 1"), calls);
    crank.planner.attach(TestPods.pod(SHAPED));
    sendOfEachPod();
    assertEquals(4, calls.size());
  }

  private void sendOfEachPod() {
    for (int pod = 0; pod < CrankedPlanner.PODS; pod++) {
      crank.send(pod, soonNs(), 3);
    }
    crank.run(HORIZON_NS);
  }

  /** The credit, and what it is called for of each frame. */
  private Filter counted(List<String> calls) {
    Filter credit = new CreditFilterFactory().create(crank.site());
    return (Filter)
        Proxy.newProxyInstance(
            Filter.class.getClassLoader(),
            new Class<?>[] {Filter.class},
            (proxy, method, arguments) -> {
              if (!NOT_OF_A_FRAME.contains(method.getName())) {
                calls.add(method.getName() + " of pod " + ((FrameView) arguments[0]).pod());
              }
              try {
                return method.invoke(credit, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  @Test
  void shouldNotTellOfTheEndOfAFrameWhoseBeginningAFilterDidNotHeed() {
    first.interest = pod -> pod.bandwidth().isPresent();
    line(one, two);
    crank.send(0, soonNs(), 3); // leaves, and is sent
    crank.send(0, crank.nowNs + 5 * HORIZON_NS, 3); // waits, and is dropped with its pod
    crank.settle();
    crank.planner.detach(0);
    crank.planner.attach(TestPods.pod(0, Bandwidth.of(1_000_000)));
    crank.send(0, crank.nowNs + 2 * HORIZON_NS, 3);
    crank.run(6 * HORIZON_NS);
    assertEquals(
        List.of("closed 0", "opened pod0", "admit 2", "inspect 2", "leaves 2", "sent 2"),
        first.told());
    assertTrue(second.told().containsAll(List.of("sent 0", "dropped pod_gone 1", "sent 2")));
    assertAtWork();
  }

  @Test
  void shouldTellOfTheEndOfAFrameWhosePodsNumberIsNotHeededAnyMore() {
    first.interest = pod -> pod.bandwidth().isPresent();
    crank.planner.attach(TestPods.pod(0, Bandwidth.of(1_000_000_000)));
    line(one);
    crank.send(0, soonNs(), 3);
    crank.send(0, crank.nowNs + 5 * HORIZON_NS, 3);
    crank.settle();
    first.told();
    crank.planner.detach(0);
    crank.planner.attach(TestPods.pod(0));
    crank.send(0, crank.nowNs + 2 * HORIZON_NS, 3);
    crank.run(6 * HORIZON_NS);
    assertEquals(List.of("closed 0", "opened pod0", "sent 0", "dropped pod_gone 1"), first.told());
    assertAtWork();
  }

  /** The same pod, of another bandwidth, without having been detached: its frames go on. */
  @Test
  void shouldDecideForEachFrameWhenItCameWhetherItIsHeeded() {
    first.interest = pod -> pod.bandwidth().isPresent();
    line(one);
    crank.send(0, crank.nowNs + 5 * HORIZON_NS, 3);
    crank.settle();
    crank.planner.attach(TestPods.pod(0, Bandwidth.of(1_000_000_000)));
    crank.send(0, crank.nowNs + 6 * HORIZON_NS, 3);
    crank.settle();
    crank.planner.attach(TestPods.pod(0));
    crank.send(0, crank.nowNs + 7 * HORIZON_NS, 3);
    crank.run(8 * HORIZON_NS);
    assertEquals(3, crank.sent());
    assertEquals(
        List.of(
            "closed 0",
            "opened pod0",
            "admit 1",
            "closed 0",
            "opened pod0",
            "inspect 1",
            "leaves 1",
            "sent 1"),
        first.told());
    assertAtWork();
  }

  @Test
  void shouldTellAFilterThatComesOfWaitingFramesOfPodsThatItHeedsAndThatAreThere() {
    line(three);
    for (int pod = 0; pod < CrankedPlanner.PODS; pod++) {
      crank.send(pod, crank.nowNs + 2 * HORIZON_NS, 3);
    }
    crank.settle();
    crank.planner.detach(3);
    crank.planner.detach(2);
    crank.turn();
    crank.planner.attach(TestPods.pod(2)); // another pod of this number
    first.interest = pod -> pod.number() != 1;
    List<Integer> counted = new ArrayList<>();
    FilterStep all =
        crank.filter(
            "all",
            new Filter() {
              @Override
              public void waits(FrameView frame, long nowNs) {
                counted.add(frame.pod());
              }
            });
    line(three, one, all);
    assertEquals(List.of(0, 1, 2, 3), counted, "one that leaves the choice as it is");
    assertEquals(1, first.known());
    crank.run(3 * HORIZON_NS);
    assertEquals(List.of("inspect 0", "leaves 0", "sent 0"), first.told());
    assertEquals(2, crank.sent());
    assertAtWork();
  }

  @Test
  void shouldTellThoseOnlyWhoHeedAFrameThatItIsDroppedOnItsWayIn() {
    first.interest = pod -> false;
    line(one, two, three);
    third.admission = (frame, answer) -> answer.drop(POLICED);
    crank.send(0, soonNs(), 3);
    crank.settle();
    assertEquals(List.of(), first.told());
    assertEquals(List.of("admit 0", "dropped test_policed 0"), second.told());
    assertEquals(List.of("admit 0"), third.told());
    assertEquals(1, crank.dropped(POLICED));
    assertAtWork();
  }

  @Test
  void shouldAskAndTellOfAHoldThoseOnlyWhoHeedTheFrame() {
    first.interest = pod -> pod.number() == 0;
    second.interest = pod -> pod.number() == 1;
    line(one, two);
    first.departure =
        (frame, answer) -> {
          if (!frame.wasHeld()) {
            answer.hold(answer.departsNs() + LINK.durationNs(60));
          }
        };
    second.departure = first.departure;
    crank.send(0, soonNs(), 3);
    crank.send(1, soonNs() + 10 * LINK.durationNs(60), 3);
    crank.run(HORIZON_NS);
    assertEquals(
        List.of("admit 0", "inspect 0", "held 0", "inspect 0", "leaves 0", "sent 0"), first.told());
    assertEquals(
        List.of("admit 1", "inspect 1", "held 1", "inspect 1", "leaves 1", "sent 1"),
        second.told());
    assertAtWork();
  }

  @Test
  void shouldKnowNothingFromBeforeWhenAFilterComesBackToTheLine() {
    List<Long> seen = new ArrayList<>();
    FilterStep counting =
        crank.filter(
            "counting",
            new Filter() {
              @Override
              public boolean heeds(Pod pod) {
                return pod.number() == 0;
              }

              @Override
              public void sent(FrameView frame, long actualNs) {
                seen.add(frame.arrival());
              }
            });
    line(counting);
    crank.send(0, soonNs(), 3);
    crank.settle();
    line(one);
    crank.run(HORIZON_NS); // it is sent meanwhile, and its number is free
    crank.send(1, crank.nowNs + 2 * HORIZON_NS, 3);
    crank.settle();
    line(counting);
    crank.run(3 * HORIZON_NS);
    assertEquals(2, crank.sent());
    assertEquals(List.of(), seen);
  }
}
