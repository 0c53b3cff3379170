package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.ktsn.dataplane.RunningPlanner.await;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.ktsn.api.filter.Filter;
import org.ktsn.api.filter.FrameView;
import org.ktsn.api.filter.Leave;
import org.ktsn.api.filter.StatusTable;
import org.ktsn.api.frame.DropReason;
import org.ktsn.foreign.NativeClock;

/** Filters are other people's code: whatever one does, the frames go on without it. */
final class MisbehavingFilterTest {
  private static final int FRAMES = 20;
  private static final int CAPACITY = 1024;
  private static final long PATIENCE_NS = TimeUnit.MILLISECONDS.toNanos(300);
  private static final int THE_ONE_THAT_WAITS = 0;
  private static final long FAR_NS = 50_000_000_000L;
  private static final DropReason UNWANTED =
      DropReason.of("test_unwanted", "a test does not want it", "");

  @RegisterExtension static final SwallowingDevice DEVICE = new SwallowingDevice();

  private final AtomicBoolean over = new AtomicBoolean();
  private final AtomicReference<Thread> caller = new AtomicReference<>();
  private final CheckingFilter before = new CheckingFilter(CAPACITY);
  private final CheckingFilter behind = new CheckingFilter(CAPACITY);
  private final CheckingFilter apart = new CheckingFilter(CAPACITY);
  private RunningPlanner running;
  private Planner planner;
  private StepWatch watch;
  private FilterStep first;
  private FilterStep last;
  private FilterStep heedless;

  @BeforeEach
  void start() {
    running = new RunningPlanner(DEVICE.port(), CAPACITY);
    planner = running.planner;
    watch = new StepWatch(planner.lives, PATIENCE_NS, planner::takeOver);
    Thread.ofPlatform().daemon().start(watch);
    first = planner.filters.step("before", before);
    last = planner.filters.step("behind", behind);
    apart.interest = pod -> false;
    heedless = planner.filters.step("apart", apart);
  }

  @AfterEach
  void stop() throws InterruptedException {
    over.set(true);
    watch.stop();
    running.close();
  }

  /** What a filter may do wrong wherever it is called. */
  enum Mischief {
    THROWS,
    THROWS_WHAT_IS_NO_EXCEPTION,
    BLOCKS,
    LOOPS
  }

  static Stream<Arguments> everything() {
    return EnumSet.allOf(FilterCall.class).stream()
        .flatMap(call -> Stream.of(Mischief.values()).map(how -> Arguments.of(call, how)));
  }

  @ParameterizedTest
  @MethodSource("everything")
  void shouldTakeOutAFilterThatFailsAndSendEveryFrameOnce(FilterCall call, Mischief mischief) {
    FilterStep bad = planner.filters.step("bad", misbehaving(call, mischief));
    boolean drops = call == FilterCall.DROPPED;
    if (drops) { // one of those behind it wants nothing
      behind.departure = (frame, answer) -> answer.drop(UNWANTED);
    }
    running.ingress.priority = 7; // of another class, so that nothing waits behind it
    running.ingress.send(NativeClock.taiNs() + FAR_NS);
    running.ingress.priority = 0;
    await("it waits", () -> running.received() == 1);
    planner.filters.slot().offer(new FilterRow(List.of(first, bad, heedless, last)));
    provoke(call);
    running.ingress.sendSoon(FRAMES);
    await("it is taken out", () -> !bad.problem().isEmpty());
    await("the frames", () -> running.sent() + running.dropped(UNWANTED) == FRAMES);
    assertEquals(FRAMES + 1, running.received());
    assertEquals(drops ? FRAMES : 0, running.dropped(UNWANTED));
    over.set(true);
    await(
        "one thread plans",
        () -> caller.get().threadId() == planner.lives.threadId() || !caller.get().isAlive());
    planner.mailbox.call(() -> behind.departure = (frame, answer) -> {});
    long sent = running.sent();
    running.ingress.sendSoon(5);
    await("some more", () -> running.sent() == sent + 5);
    await("all but the one that waits", () -> planner.frames().used() == 1);
    assertGood();
  }

  /** Those beside it were told what they are promised: of each frame once, and of its end. */
  private void assertGood() {
    planner.mailbox.call(
        () -> {
          assertEquals("", first.problem());
          assertEquals("", last.problem());
          assertEquals(1, before.known());
          assertEquals(1, behind.known());
          assertEquals("", heedless.problem());
          return true;
        });
    assertEquals(0, planner.shaper.failures());
  }

  /** Has happen what frames that come and go do not have happen. */
  private void provoke(FilterCall call) {
    switch (call) {
      case RETURNED -> planner.mailbox.post(() -> planner.filters.returned(THE_ONE_THAT_WAITS));
      case CLOSED -> {
        planner.mailbox.call(() -> planner.attach(TestPods.pod(3)));
        planner.mailbox.call(() -> planner.detach(3));
      }
      case CLOCK_SET ->
          planner.mailbox.call(
              () -> {
                planner.filters.clockSet(NativeClock.taiNs());
                return true;
              });
      default -> assertTrue(planner.isRunning()); // that happens by itself
    }
  }

  /** A filter that is good, but for one call. */
  private Filter misbehaving(FilterCall call, Mischief mischief) {
    Filter good = new Asking(call == FilterCall.HELD);
    return (Filter)
        Proxy.newProxyInstance(
            Filter.class.getClassLoader(),
            new Class<?>[] {Filter.class},
            (proxy, method, arguments) -> {
              if (call.method().equals(method.getName())) {
                misbehave(mischief);
              }
              return invoke(good, method, arguments);
            });
  }

  private static Object invoke(Filter good, Method method, Object[] arguments) throws Throwable {
    try {
      return method.invoke(good, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  /** Asks for a short hold, if that is wanted. */
  private record Asking(boolean holds) implements Filter {
    @Override
    public void inspect(FrameView frame, long nowNs, Leave answer) {
      if (holds && !frame.wasHeld()) {
        answer.hold(answer.departsNs() + 1_000_000);
      }
    }
  }

  private void misbehave(Mischief mischief) {
    caller.set(Thread.currentThread());
    switch (mischief) {
      case THROWS -> throw new StackOverflowError("broken on purpose");
      case THROWS_WHAT_IS_NO_EXCEPTION -> Sneaky.raise(new Throwable("broken on purpose"));
      case BLOCKS -> {
        while (!over.get()) {
          LockSupport.parkNanos(10_000_000);
        }
      }
      case LOOPS -> {
        while (!over.get()) {
          Thread.onSpinWait();
        }
      }
    }
  }

  /** What is asked for others' eyes: who asks is answered all the same. */
  @ParameterizedTest
  @EnumSource(Mischief.class)
  void shouldTakeOutAFilterThatFailsAtItsStatus(Mischief mischief) {
    FilterStep bad =
        planner.filters.step(
            "bad",
            new Filter() {
              @Override
              public List<StatusTable> status(long nowNs) {
                misbehave(mischief);
                return List.of();
              }
            });
    planner.filters.slot().offer(new FilterRow(List.of(first, bad, heedless, last)));
    try {
      assertEquals(List.of(), planner.mailbox.call(() -> planner.filters.status(bad)));
    } catch (IllegalStateException e) {
      assertTrue(e.getMessage().contains("filter 'bad' did not come back"), e.getMessage());
    }
    assertFalse(bad.problem().isEmpty());
    running.ingress.sendSoon(FRAMES);
    await("the frames", () -> running.sent() == FRAMES);
    assertEquals("", first.problem());
    assertEquals("", last.problem());
  }
}
