package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.ktsn.dataplane.CrankedPlanner.FRAMES;
import static org.ktsn.dataplane.CrankedPlanner.HORIZON_NS;

import java.util.List;

/**
 * A planner that is cranked by hand, and three filters that hold it to what filters are promised.
 */
abstract class CheckedLine {
  final CrankedPlanner crank = new CrankedPlanner();
  final CheckingFilter first = new CheckingFilter(FRAMES);
  final CheckingFilter second = new CheckingFilter(FRAMES);
  final CheckingFilter third = new CheckingFilter(FRAMES);
  final FilterStep one = crank.filter("one", first);
  final FilterStep two = crank.filter("two", second);
  final FilterStep three = crank.filter("three", third);

  /** Puts filters to work; what they are told of the beginning is forgotten. */
  final void line(FilterStep... steps) {
    crank.offer(steps);
    crank.turn();
    first.told();
    second.told();
    third.told();
  }

  final void assertAtWork() {
    assertEquals(List.of("", "", ""), List.of(one.problem(), two.problem(), three.problem()));
    assertEquals(0, first.known() + second.known() + third.known(), "frames without an end");
  }

  final long soonNs() {
    return crank.nowNs + HORIZON_NS / 2;
  }
}
