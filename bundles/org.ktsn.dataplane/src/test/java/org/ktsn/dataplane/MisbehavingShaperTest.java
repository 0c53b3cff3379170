package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.ktsn.dataplane.RunningPlanner.AHEAD_NS;
import static org.ktsn.dataplane.RunningPlanner.MODEL;
import static org.ktsn.dataplane.RunningPlanner.await;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.shaper.CreditView;
import org.ktsn.api.shaper.Departure;
import org.ktsn.api.shaper.Shaper;
import org.ktsn.foreign.NativeClock;

/** Shapers are other people's code: whatever one does, the frames keep flowing. */
final class MisbehavingShaperTest {
  private static final int FRAMES = 20;
  private static final long PATIENCE_NS = TimeUnit.MILLISECONDS.toNanos(500);

  @RegisterExtension static final SwallowingDevice DEVICE = new SwallowingDevice();

  private RunningPlanner running;
  private Planner planner;
  private StepWatch watch;

  @BeforeEach
  void start() {
    running = new RunningPlanner(DEVICE.port(), 1024);
    planner = running.planner;
    watch = new StepWatch(planner.lives, PATIENCE_NS, planner::takeOver);
    Thread.ofPlatform().daemon().start(watch);
  }

  @AfterEach
  void stop() throws InterruptedException {
    watch.stop();
    running.close();
  }

  /** What a shaper may do wrong. */
  enum Mischief {
    THROWS_IN_ENQUEUE,
    THROWS_IN_NEXT,
    THROWS_IN_TAKE,
    THROWS_IN_SCHEDULE,
    NO_VERDICT,
    HOLDS,
    NAMES_A_FRAME_THAT_IS_NOT_THERE,
    NAMES_A_FREE_FRAME,
    SENDS_BEFORE_THE_LAUNCH_TIME,
    SENDS_WITHOUT_TIME,
    ALLOWS_LESS_THAN_NO_TIME,
    FORGETS_FRAMES,
    BLOCKS_IN_ENQUEUE,
    BLOCKS_IN_NEXT,
    BLOCKS_IN_TAKE,
    BLOCKS_IN_SCHEDULE,
    LOOPS_IN_NEXT,
    LOOPS_IN_ENQUEUE
  }

  @ParameterizedTest
  @EnumSource(Mischief.class)
  void shouldTakeTheShaperOutAndSendEveryFrameOnce(Mischief mischief) {
    AtomicBoolean over = new AtomicBoolean();
    try {
      Shaper good = new FallbackShaper(planner.frames(), MODEL, planner.schedule());
      Shaper bad = new BadShaper(good, planner.frames(), mischief, over);
      send(AHEAD_NS, FRAMES / 2);
      planner.shaper.slot().offer(new ActiveShaper("bad", bad, MODEL));
      if (mischief == Mischief.FORGETS_FRAMES) {
        await("the good half", () -> running.sent() + late() > 0);
      }
      if (mischief == Mischief.SENDS_BEFORE_THE_LAUNCH_TIME) {
        send(5 * AHEAD_NS, FRAMES / 2);
      } else {
        running.ingress.sendSoon(FRAMES / 2);
      }
      await("the frames", () -> running.sent() + late() == FRAMES);
      assertEquals("fallback", planner.shaper.name());
      assertEquals(1, planner.shaper.failures());
      await("every row free", () -> planner.frames().used() == 0);
    } finally {
      over.set(true);
    }
    long before = running.sent();
    running.ingress.sendSoon(5); // nothing is out of order afterwards
    await("some more", () -> running.sent() == before + 5);
    assertEquals(1, planner.shaper.failures());
  }

  @Test
  void shouldLetAShaperThatComesBackChangeNothing() {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    AtomicReference<Thread> old = new AtomicReference<>();
    Shaper good = new FallbackShaper(planner.frames(), MODEL, planner.schedule());
    planner
        .shaper
        .slot()
        .offer(
            new ActiveShaper(
                "slow",
                new Wrapped(good) {
                  @Override
                  public Verdict enqueue(int frame) {
                    old.set(Thread.currentThread());
                    entered.countDown();
                    awaitDeafly(release);
                    return super.enqueue(frame);
                  }
                },
                MODEL));
    running.ingress.sendSoon(FRAMES);
    await("the shaper is asked", () -> entered.getCount() == 0);
    await("another thread plans", () -> planner.shaper.name().equals("fallback"));
    release.countDown();
    await("the old thread has ended", () -> !old.get().isAlive());
    await("the frames", () -> running.sent() == FRAMES);
    await("every row free", () -> planner.frames().used() == 0);
    assertFalse(planner.lives.threadId() == old.get().threadId());
  }

  @Test
  void shouldTakeUpAScheduleThatABlockedShaperWasTold() {
    AtomicBoolean over = new AtomicBoolean();
    try {
      Shaper good = new FallbackShaper(planner.frames(), MODEL, planner.schedule());
      planner
          .shaper
          .slot()
          .offer(
              new ActiveShaper(
                  "blocks",
                  new Wrapped(good) {
                    private int told;

                    @Override
                    public void schedule(GateSchedule schedule) {
                      if (told++ > 0) {
                        block(over);
                      }
                    }
                  },
                  MODEL));
      GateSchedule answered = planner.mailbox.call(() -> planner.changeSchedule(closed()));
      await("another thread plans", () -> planner.shaper.name().equals("fallback"));
      assertEquals(answered, planner.schedule());
    } finally {
      over.set(true);
    }
  }

  /** What is asked of a shaper for others' eyes, through the mailbox. */
  enum Question {
    QUEUED,
    IS_CREDIT_BASED,
    IDLE_SLOPE,
    SEND_SLOPE,
    HI_CREDIT,
    LO_CREDIT,
    CREDIT
  }

  @ParameterizedTest
  @EnumSource(Question.class)
  void shouldHaveOneThreadPlanWhenAShaperBlocksAtAQuestionOfOthers(Question question)
      throws InterruptedException {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    AtomicReference<Thread> old = new AtomicReference<>();
    Shaper good = new FallbackShaper(planner.frames(), MODEL, planner.schedule());
    Runnable block =
        () -> {
          old.set(Thread.currentThread());
          entered.countDown();
          awaitDeafly(release);
        };
    planner
        .shaper
        .slot()
        .offer(new ActiveShaper("slow", new BlockingView(good, question, block), MODEL));
    Thread asker =
        Thread.ofPlatform()
            .daemon()
            .start(
                () -> {
                  try {
                    planner.mailbox.call(planner::classStatus);
                  } catch (IllegalStateException e) {
                    assertTrue(e.getMessage().contains("slow"), e.getMessage());
                  }
                });
    await("the shaper is asked", () -> entered.getCount() == 0);
    await("another thread plans", () -> planner.shaper.name().equals("fallback"));
    asker.join(); // is answered before the shaper comes back
    release.countDown();
    await("the old thread has ended", () -> !old.get().isAlive());
    assertFalse(planner.lives.threadId() == old.get().threadId());
    running.ingress.sendSoon(FRAMES);
    await("the frames", () -> running.sent() == FRAMES);
    assertEquals(8, planner.mailbox.call(planner::classStatus).size());
  }

  @Test
  void shouldRefuseASecondRunner() {
    assertThrows(IllegalStateException.class, planner::run);
    running.ingress.sendSoon(FRAMES);
    await("the frames", () -> running.sent() == FRAMES);
  }

  private static void awaitDeafly(CountDownLatch release) {
    boolean let = false;
    while (!let) {
      try {
        release.await();
        let = true;
      } catch (InterruptedException e) {
        let = false; // it does not listen
      }
    }
  }

  private static GateParameters closed() {
    GateParameters open = GateParameters.open();
    return new GateParameters(
        false,
        0x7f,
        open.controlList(),
        open.cycleTime(),
        open.cycleTimeExtensionNs(),
        open.baseTimeNs(),
        open.queueMaxSdu());
  }

  /** On a busy machine, or after a blockade, some come too late; those are dealt with too. */
  private long late() {
    return running.dropped(Verdict.LATE_ON_ARRIVAL) + running.dropped(Verdict.OVERDUE);
  }

  private void send(long aheadNs, int count) {
    long base = NativeClock.taiNs() + aheadNs;
    for (int i = 0; i < count; i++) {
      running.ingress.send(base + i * 1_000_000L);
    }
  }

  private static void block(AtomicBoolean over) {
    while (!over.get()) {
      LockSupport.parkNanos(10_000_000);
    }
  }

  private static final class BadShaper extends Wrapped {
    private final FrameTable table;
    private final Mischief mischief;
    private final AtomicBoolean over;
    private int told;
    private boolean forgotten;

    BadShaper(Shaper good, FrameTable table, Mischief mischief, AtomicBoolean over) {
      super(good);
      this.table = table;
      this.mischief = mischief;
      this.over = over;
    }

    private void misbehave(Mischief thrown, Mischief blocked, Mischief looping) {
      if (mischief == thrown) {
        throw new IllegalStateException("broken on purpose");
      } else if (mischief == blocked) {
        block(over);
      } else if (mischief == looping) {
        while (!over.get()) {
          Thread.onSpinWait();
        }
      }
    }

    @Override
    public Verdict enqueue(int frame) {
      misbehave(Mischief.THROWS_IN_ENQUEUE, Mischief.BLOCKS_IN_ENQUEUE, Mischief.LOOPS_IN_ENQUEUE);
      if (mischief == Mischief.NO_VERDICT) {
        return null;
      }
      if (mischief == Mischief.HOLDS) {
        return Verdict.HOLD;
      }
      if (mischief == Mischief.FORGETS_FRAMES && !forgotten) {
        forgotten = true;
        return Verdict.ACCEPTED;
      }
      return super.enqueue(frame);
    }

    @Override
    public boolean next(long startNs, long endNs, long[] overtakeLimitNs, Departure out) {
      misbehave(Mischief.THROWS_IN_NEXT, Mischief.BLOCKS_IN_NEXT, Mischief.LOOPS_IN_NEXT);
      boolean found = super.next(startNs, endNs, overtakeLimitNs, out);
      switch (mischief) {
        case NAMES_A_FRAME_THAT_IS_NOT_THERE -> out.frame = 1_000_000;
        case NAMES_A_FREE_FRAME -> out.frame = table.peekFree();
        case SENDS_BEFORE_THE_LAUNCH_TIME -> out.launchNs -= 1;
        case SENDS_WITHOUT_TIME -> out.durationNs = 0;
        case ALLOWS_LESS_THAN_NO_TIME -> out.notAfterNs = out.launchNs - 1;
        default -> {
          return found;
        }
      }
      return found;
    }

    @Override
    public void take(Departure departure) {
      misbehave(Mischief.THROWS_IN_TAKE, Mischief.BLOCKS_IN_TAKE, null);
      super.take(departure);
    }

    @Override
    public void schedule(GateSchedule schedule) {
      if (told++ == 0) {
        misbehave(Mischief.THROWS_IN_SCHEDULE, Mischief.BLOCKS_IN_SCHEDULE, null);
      }
      super.schedule(schedule);
    }
  }

  /** Blocks at one question that others have. */
  private static final class BlockingView extends Wrapped implements CreditView {
    private final Question question;
    private final Runnable block;

    BlockingView(Shaper good, Question question, Runnable block) {
      super(good);
      this.question = question;
      this.block = block;
    }

    private long answer(Question asked) {
      if (asked == question) {
        block.run();
      }
      return 0;
    }

    @Override
    public int queued(int trafficClass) {
      // The planner's own look at the queues passes; others' is the first that finds its mark.
      boolean ofOthers =
          StackWalker.getInstance()
              .walk(all -> all.anyMatch(f -> f.getMethodName().equals("classStatus")));
      if (ofOthers) {
        answer(Question.QUEUED);
      }
      return super.queued(trafficClass);
    }

    @Override
    public boolean isCreditBased(int trafficClass) {
      answer(Question.IS_CREDIT_BASED);
      return true;
    }

    @Override
    public long idleSlopeBitsPerSecond(int trafficClass, long atNs) {
      return answer(Question.IDLE_SLOPE);
    }

    @Override
    public long sendSlopeBitsPerSecond(int trafficClass, long atNs) {
      return answer(Question.SEND_SLOPE);
    }

    @Override
    public long hiCreditBits(int trafficClass, long atNs) {
      return answer(Question.HI_CREDIT);
    }

    @Override
    public long loCreditBits(int trafficClass, long atNs) {
      return answer(Question.LO_CREDIT);
    }

    @Override
    public long creditBits(int trafficClass, long atNs) {
      return answer(Question.CREDIT);
    }
  }

  /** A shaper that does what another one does. */
  private static class Wrapped implements Shaper {
    private final Shaper good;

    Wrapped(Shaper good) {
      this.good = good;
    }

    @Override
    public Verdict enqueue(int frame) {
      return good.enqueue(frame);
    }

    @Override
    public boolean next(long startNs, long endNs, long[] overtakeLimitNs, Departure out) {
      return good.next(startNs, endNs, overtakeLimitNs, out);
    }

    @Override
    public void take(Departure departure) {
      good.take(departure);
    }

    @Override
    public Verdict missed(int frame, long nowNs) {
      return good.missed(frame, nowNs);
    }

    @Override
    public void schedule(GateSchedule schedule) {
      good.schedule(schedule);
    }

    @Override
    public int queued() {
      return good.queued();
    }

    @Override
    public int queued(int trafficClass) {
      return good.queued(trafficClass);
    }
  }
}
