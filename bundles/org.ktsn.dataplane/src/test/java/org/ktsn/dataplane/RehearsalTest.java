package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.ktsn.api.frame.Frames;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.shaper.Shaper;
import org.ktsn.api.shaper.ShaperFactory;

final class RehearsalTest {
  /** Counts what it makes. */
  private static final class Fallbacks implements ShaperFactory {
    final List<Shaper> made = new ArrayList<>();

    @Override
    public String name() {
      return "fallbacks";
    }

    @Override
    public Shaper create(Frames frames, PortModel model, GateSchedule schedule) {
      Shaper shaper = new FallbackShaper(frames, model, schedule);
      made.add(shaper);
      return shaper;
    }
  }

  private record Broken() implements ShaperFactory {
    @Override
    public String name() {
      return "broken";
    }

    @Override
    public Shaper create(Frames frames, PortModel model, GateSchedule schedule) {
      throw new AssertionError("it makes none");
    }
  }

  @Test
  void shouldHaveEachDatagramLeaveButThoseThatStillWaitAtTheEnd() {
    assertTrue(Rehearsal.run() > 11_800);
  }

  @Test
  void shouldRehearseWhatAFactoryMakesOnce() {
    Fallbacks factory = new Fallbacks();
    assertTrue(ShaperRehearsal.run(factory, CrankedPlanner.LINK, GateSchedule.open()));
    assertFalse(ShaperRehearsal.run(factory, CrankedPlanner.LINK, GateSchedule.open()));
    assertEquals(1, factory.made.size());
    assertTrue(factory.made.getFirst().queued() < 64);
  }

  @Test
  void shouldLeaveItToThePlannerToJudgeAShaperThatFails() {
    assertFalse(ShaperRehearsal.run(new Broken(), CrankedPlanner.LINK, GateSchedule.open()));
  }
}
