package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.ktsn.api.frame.Verdict;

/** Frames whose next hop is being resolved, on a manual clock. */
final class HeldFramesTest {
  private static final int FRAMES = 2_048;
  private static final int POD = 3;

  private final FrameTable frames = new FrameTable(FRAMES);
  private final List<Integer> tried = new ArrayList<>();
  private final HeldFrames held = new HeldFrames(frames, this::again);
  private Verdict answer = Verdict.HOLD;
  private long nowNs = 1_000_000_000L;

  private Verdict again(int frame) {
    tried.add(frame);
    if (answer == Verdict.ACCEPTED) {
      frames.state(frame, FrameTable.QUEUED);
    }
    return answer;
  }

  private List<Integer> hold(int count) {
    List<Integer> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int frame = frames.peekFree();
      frames.take(frame, POD, nowNs + 50_000_000, false);
      held.hold(frame, nowNs);
      all.add(frame);
    }
    return all;
  }

  @Test
  void shouldHoldAsManyAsThereAreAndLetThemGoInTheirOrder() {
    List<Integer> all = hold(FRAMES);
    answer = Verdict.ACCEPTED;
    int done = 0;
    for (int turn = 0; turn < 100 && !held.isEmpty(); turn++) {
      nowNs = Math.max(nowNs, held.nextNs());
      done += held.retry(nowNs);
    }
    assertEquals(FRAMES, done);
    assertEquals(all, tried);
    assertFalse(held.holds(POD));
  }

  @Test
  void shouldTryLessAndLessOftenWhileNothingIsKnown() {
    hold(100);
    long endNs = nowNs + 1_000_000_000L;
    while (nowNs < endNs) {
      nowNs += 10_000; // a turn for the frames of others
      assertEquals(0, held.retry(nowNs));
    }
    assertTrue(tried.size() <= 100 * 650, tried.size() / 100 + " trials in a second");
    assertTrue(tried.size() >= 100 * 600, tried.size() / 100 + " trials in a second");
  }

  @Test
  void shouldTryABoundedNumberInATurn() {
    hold(FRAMES);
    nowNs = held.nextNs();
    held.retry(nowNs);
    assertEquals(256, tried.size());
    assertEquals(nowNs, held.nextNs(), "the next turn goes on");
  }

  @Test
  void shouldTryAtOnceWhenAFrameOfThePodFoundItsNextHop() {
    hold(10);
    while (held.nextNs() - nowNs < 1_000_000) {
      nowNs = held.nextNs();
      held.retry(nowNs);
    }
    nowNs += 150_000;
    answer = Verdict.ACCEPTED;
    held.hurry();
    assertEquals(10, held.retry(nowNs));
  }

  @Test
  void shouldKeepTheOthersWhenOneIsDoneWith() {
    List<Integer> all = hold(3);
    nowNs = held.nextNs();
    held.retry(nowNs);
    tried.clear();
    frames.state(all.get(1), FrameTable.QUEUED);
    held.recover();
    nowNs = held.nextNs();
    held.retry(nowNs);
    assertEquals(List.of(all.get(0), all.get(2)), tried);
  }
}
