package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.ktsn.dataplane.RunningPlanner.AHEAD_NS;
import static org.ktsn.dataplane.RunningPlanner.await;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.ingress.DatagramSink;
import org.ktsn.api.stack.AddressFamily;
import org.ktsn.foreign.NativeClock;

/** Ingresses are other people's code: whatever one does, the frames that wait leave. */
final class MisbehavingIngressTest {
  private static final int FRAMES = 20;
  private static final long PATIENCE_NS = TimeUnit.MILLISECONDS.toNanos(500);

  @RegisterExtension static final SwallowingDevice DEVICE = new SwallowingDevice();

  private final AtomicBoolean over = new AtomicBoolean();
  private final AtomicReference<Thread> caller = new AtomicReference<>();
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
    over.set(true);
    watch.stop();
    running.close();
  }

  /** Where an ingress does something wrong. */
  enum Place {
    POLL,
    PREPARE_SLEEP,
    AWAKE,
    DOORBELL
  }

  @ParameterizedTest
  @EnumSource(Place.class)
  void shouldTakeOutAnIngressThatThrows(Place place) {
    shouldTakeOut(
        place,
        () -> {
          throw new IllegalStateException("broken on purpose");
        });
  }

  @ParameterizedTest
  @EnumSource(Place.class)
  void shouldTakeOutAnIngressThatThrowsWhatIsNoException(Place place) {
    shouldTakeOut(place, () -> Sneaky.raise(new Throwable("broken on purpose")));
  }

  @ParameterizedTest
  @EnumSource(Place.class)
  void shouldTakeOutAnIngressThatBlocks(Place place) {
    shouldTakeOut(
        place,
        () -> {
          while (!over.get()) {
            LockSupport.parkNanos(10_000_000);
          }
        });
  }

  @ParameterizedTest
  @EnumSource(Place.class)
  void shouldTakeOutAnIngressThatLoops(Place place) {
    shouldTakeOut(
        place,
        () -> {
          while (!over.get()) {
            Thread.onSpinWait();
          }
        });
  }

  /** What an ingress may answer or offer that cannot be. */
  enum Nonsense {
    OFFERS_FOR_EVER,
    POD_THAT_CANNOT_BE,
    NO_DATAGRAM,
    NO_FAMILY,
    MALFORMED_OF_NO_POD,
    DOORBELL_THAT_IS_NONE,
    CALLS_FROM_ANOTHER_THREAD
  }

  @ParameterizedTest
  @EnumSource(Nonsense.class)
  void shouldTakeOutAnIngressThatTalksNonsense(Nonsense nonsense) {
    send();
    await("they wait", () -> running.received() == FRAMES);
    BadIngress bad =
        new BadIngress(null, () -> {}) {
          @Override
          public int pod() {
            return switch (nonsense) {
              case POD_THAT_CANNOT_BE -> 4711;
              case NO_FAMILY -> 1; // one that is attached
              default -> 2;
            };
          }

          @Override
          public AddressFamily family() {
            return nonsense == Nonsense.NO_FAMILY ? null : super.family();
          }

          @Override
          public int doorbell() {
            int bell = super.doorbell();
            return nonsense == Nonsense.DOORBELL_THAT_IS_NONE ? 1_000_000 : bell;
          }

          @Override
          public int poll(DatagramSink sink, int budget) {
            caller.set(Thread.currentThread());
            switch (nonsense) {
              case OFFERS_FOR_EVER -> {
                while (!over.get()) {
                  sink.accept(this); // of a pod that is not attached
                }
              }
              case POD_THAT_CANNOT_BE, NO_FAMILY -> sink.accept(this);
              case NO_DATAGRAM -> sink.accept(null);
              case MALFORMED_OF_NO_POD -> sink.malformed(-1);
              case CALLS_FROM_ANOTHER_THREAD -> throwFromAnotherThread(sink);
              case DOORBELL_THAT_IS_NONE -> {}
            }
            return 0;
          }
        };
    shouldGoOnWithout(bad);
  }

  private void throwFromAnotherThread(DatagramSink sink) {
    AtomicReference<RuntimeException> thrown = new AtomicReference<>();
    Thread other =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    sink.malformed(1);
                  } catch (RuntimeException e) {
                    thrown.set(e);
                  }
                });
    try {
      other.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    throw thrown.get();
  }

  private void shouldTakeOut(Place place, Runnable mischief) {
    send();
    await("they wait", () -> running.received() == FRAMES);
    shouldGoOnWithout(new BadIngress(place, mischief));
  }

  private void shouldGoOnWithout(BadIngress bad) {
    Thread.ofPlatform().daemon().start(() -> planner.ingress.offer(bad));
    await("it is tried", () -> caller.get() != null || bad.asked);
    await("it is taken out", () -> planner.ingress.inUse() == NoStages.INGRESS);
    await("what waits leaves", () -> running.sent() + late() == FRAMES);
    planner.ingress.offer(running.ingress);
    over.set(true);
    await(
        "one thread plans",
        () ->
            caller.get() == null
                || caller.get().threadId() == planner.lives.threadId()
                || !caller.get().isAlive());
    long before = running.sent();
    running.ingress.sendSoon(FRAMES);
    await("frames of another", () -> running.sent() == before + FRAMES);
    assertEquals(0, running.dropped(Verdict.MALFORMED));
    await("every row free", () -> planner.frames().used() == 0);
    bad.close();
  }

  /** On a busy machine, or after a blockade, some come too late; those are dealt with too. */
  private long late() {
    return running.dropped(Verdict.LATE_ON_ARRIVAL) + running.dropped(Verdict.OVERDUE);
  }

  private void send() {
    long base = NativeClock.taiNs() + AHEAD_NS;
    for (int i = 0; i < FRAMES; i++) {
      running.ingress.send(base + i * 1_000_000L);
    }
  }

  private class BadIngress extends SimulatedIngress {
    private final Place place;
    private final Runnable mischief;
    volatile boolean asked;

    BadIngress(Place place, Runnable mischief) {
      this.place = place;
      this.mischief = mischief;
    }

    private void at(Place now) {
      asked = true;
      if (place == now) {
        caller.set(Thread.currentThread());
        mischief.run();
      }
    }

    @Override
    public int poll(DatagramSink sink, int budget) {
      at(Place.POLL);
      return super.poll(sink, budget);
    }

    @Override
    public boolean prepareSleep(long wakeAtNs, long horizonNs) {
      at(Place.PREPARE_SLEEP);
      return super.prepareSleep(wakeAtNs, horizonNs);
    }

    @Override
    public void awake() {
      at(Place.AWAKE);
    }

    @Override
    public int doorbell() {
      at(Place.DOORBELL);
      return super.doorbell();
    }
  }
}
