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

/**
 * Filters that come, go, heed other pods than before, hold, drop and fail in the middle of
 * everything else that may happen.
 */
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

    /** First in the line, it sees every frame; so does the one behind it, of pods that it heeds. */
    private final Entry witness = made(new CheckingFilter(FRAMES), false);

    private final Entry choosy = made(new CheckingFilter(FRAMES), false);
    private final List<String> expected = new ArrayList<>();

    Script(long seed) {
      super(seed);
      witness.filter().admission =
          (frame, answer) -> {
            if (choosy.filter().heeds(frame.pod())) {
              expected.add("admit " + frame.arrival());
            }
          };
      choosy.filter().interest = pod -> random.nextBoolean();
      offer();
      crank.turn();
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
      offer();
    }

    private void offer() {
      List<FilterStep> line = new ArrayList<>(List.of(witness.step(), choosy.step()));
      present.forEach(entry -> line.add(entry.step()));
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
      filter.interest = pod -> own.nextInt(3) > 0;
      return made(filter, fails);
    }

    private Entry made(CheckingFilter filter, boolean fails) {
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
      List<Entry> all = new ArrayList<>(present);
      all.addAll(List.of(witness, choosy));
      for (Entry entry : all) {
        boolean failed = !entry.step().problem().isEmpty();
        if (!entry.fails()) {
          assertEquals("", entry.step().problem());
        }
        if (!failed) {
          assertEquals(0, entry.filter().known(), "frames without an end");
        }
      }
      assertEquals("", credit.problem());
      assertEquals(
          expected,
          choosy.filter().told().stream().filter(call -> call.startsWith("admit ")).toList());
      expected.clear();
    }
  }
}
