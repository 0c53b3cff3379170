package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.stack.Datagram;
import org.ktsn.api.stack.EncodedFrame;
import org.ktsn.api.stack.NetworkStack;

/** Where the planner is, as others see it while it is there. */
final class PlannerPlaceTest {
  private final CrankedPlanner cranked = new CrankedPlanner();
  private final TreeSet<String> seen = new TreeSet<>();

  private void look() {
    seen.add(cranked.planner.place.word(cranked.planner.lives));
  }

  /** Looks while it writes. */
  private final class Looking implements NetworkStack {
    @Override
    public Verdict encode(Datagram datagram, long address, int octets, EncodedFrame out) {
      look();
      return cranked.stack.encode(datagram, address, octets, out);
    }

    @Override
    public Verdict complete(int pod, long bufferAddress, int lengthOctets) {
      return Verdict.ACCEPTED;
    }
  }

  @Test
  void shouldNameTheStepWhoseCodeThePlannerIsIn() {
    cranked.offer(new Looking());
    cranked.turn();
    cranked.send(0, cranked.nowNs + 1_000_000, 0);
    cranked.turn();
    assertEquals("[INET stack]", seen.toString());
  }

  @Test
  void shouldNameTheRoomThatThePlannerWasInLastBetweenItsSteps() {
    look();
    cranked.planner.place.enter(PlannerPlace.Room.COMMITMENT);
    look();
    cranked.planner.place.enter(PlannerPlace.Room.ASLEEP);
    look();
    assertEquals("[asleep, commitment, turn]", seen.toString());
  }
}
