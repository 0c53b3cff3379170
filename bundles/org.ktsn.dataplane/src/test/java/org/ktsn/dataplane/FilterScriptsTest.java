package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.ktsn.dataplane.CrankedPlanner.FRAMES;
import static org.ktsn.dataplane.CrankedPlanner.HORIZON_NS;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.ktsn.api.filter.Admission;
import org.ktsn.api.filter.FrameView;
import org.ktsn.api.filter.Leave;
import org.ktsn.api.frame.DropReason;

/** Filters that come, go, hold, drop and fail in the middle of everything else that may happen. */
final class FilterScriptsTest {
  private static final DropReason POLICED =
      DropReason.of("test_policed", "a test does not want it", "");

  /** Whatever happens, each filter is told what it was promised, and each frame ends once. */
  @Test
  void shouldKeepItsPromisesToFiltersInRandomScripts() {
    RandomScript.tryMany(Script::new);
  }

  private static final class Script extends RandomScript {
    private record Entry(FilterStep step, CheckingFilter filter, boolean fails) {}

    private final List<Entry> present = new ArrayList<>();
    private final FilterStep credit = crank.credit();

    Script(long seed) {
      super(seed);
    }

    @Override
    void also() {
      if (random.nextInt(8) > 0) {
        return;
      }
      if (!present.isEmpty() && random.nextBoolean()) {
        present.remove(random.nextInt(present.size()));
      }
      if (present.size() < 4 && random.nextBoolean()) {
        present.add(made(random.nextInt(5) == 0));
      }
      Collections.shuffle(present, random);
      List<FilterStep> line = new ArrayList<>(present.stream().map(Entry::step).toList());
      if (random.nextBoolean()) {
        line.add(credit);
      }
      crank.offer(line.toArray(FilterStep[]::new));
    }

    private Entry made(boolean fails) {
      CheckingFilter filter = new CheckingFilter(FRAMES);
      Random own = new Random(random.nextLong());
      filter.admission = (frame, answer) -> admit(own, fails, frame, answer);
      filter.departure = (frame, answer) -> inspect(own, fails, frame, answer);
      return new Entry(crank.filter("checking", filter), filter, fails);
    }

    private static void admit(Random own, boolean fails, FrameView frame, Admission answer) {
      switch (own.nextInt(12)) {
        case 0 -> answer.drop(POLICED);
        case 1 -> answer.internalPriority(own.nextInt(8));
        case 2 -> {
          if (fails) {
            throw new IllegalStateException("broken on purpose");
          }
        }
        default -> assertTrue(frame.lengthOctets() > 0);
      }
    }

    private static void inspect(Random own, boolean fails, FrameView frame, Leave answer) {
      switch (own.nextInt(12)) {
        case 0 -> answer.drop(POLICED);
        case 1, 2 -> answer.hold(answer.departsNs() + own.nextLong(2 * HORIZON_NS));
        case 3 -> {
          if (fails) {
            throw new IllegalStateException("broken on purpose");
          }
        }
        default -> assertTrue(answer.departsNs() <= answer.latestNs(), "" + frame.number());
      }
    }

    @Override
    void checkMore() {
      crank.turn();
      for (Entry entry : present) {
        boolean failed = !entry.step().problem().isEmpty();
        if (!entry.fails()) {
          assertEquals("", entry.step().problem());
        }
        if (!failed) {
          assertEquals(0, entry.filter().known(), "frames without an end");
        }
      }
      assertEquals("", credit.problem());
    }
  }
}
