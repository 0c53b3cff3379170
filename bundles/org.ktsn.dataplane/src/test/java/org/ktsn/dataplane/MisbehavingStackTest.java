package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;
import static org.ktsn.dataplane.RunningPlanner.AHEAD_NS;
import static org.ktsn.dataplane.RunningPlanner.await;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.ingress.DatagramSink;
import org.ktsn.api.ingress.Ingress;
import org.ktsn.api.stack.AddressFamily;
import org.ktsn.api.stack.Datagram;
import org.ktsn.api.stack.EncodedFrame;
import org.ktsn.api.stack.NetworkStack;
import org.ktsn.foreign.NativeClock;

/**
 * Stacks are other people's code: whatever one does, the frames that wait leave, and others come.
 */
final class MisbehavingStackTest {
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

  /** What a stack may do wrong. */
  enum Mischief {
    THROWS,
    THROWS_WHAT_IS_NO_EXCEPTION,
    BLOCKS,
    LOOPS,
    NO_VERDICT,
    LONGER_THAN_THE_BUFFER,
    LESS_THAN_ITS_HEADER,
    PRIORITY_8
  }

  private static Stream<Arguments> everyMischiefInEveryFamily() {
    return Stream.of(Mischief.values())
        .flatMap(mischief -> Stream.of(AddressFamily.values()).map(f -> arguments(mischief, f)));
  }

  private static Stream<Arguments> everyMischiefAtANextHopInEveryFamily() {
    return everyMischiefInEveryFamily()
        .filter(each -> ((Mischief) each.get()[0]).compareTo(Mischief.NO_VERDICT) <= 0);
  }

  @ParameterizedTest
  @MethodSource("everyMischiefInEveryFamily")
  void shouldTakeOutAStackThatFailsAtADatagramAndLoseThatOneAtMost(
      Mischief mischief, AddressFamily family) {
    use(family);
    send(FRAMES / 2);
    await("the good half", () -> running.received() == FRAMES / 2);
    slot(family).offer(new BadStack(mischief, null));
    running.ingress.sendSoon(FRAMES / 2);
    await("it is taken out", () -> slot(family).inUse() == NoStages.STACK);
    await("what waits leaves", () -> running.sent() + late() >= FRAMES / 2);
    slot(family).offer(running.stack);
    await("the others", () -> running.sent() + late() + lost() + unserved() == FRAMES);
    assertTrue(lost() <= 1, "lost " + lost());
    assertTrue(family != AddressFamily.INET || unserved() == 0, "dropped " + unserved());
    await("every row free", () -> planner.frames().used() == 0);
    assertOldThreadEnds();
  }

  @ParameterizedTest
  @MethodSource("everyMischiefAtANextHopInEveryFamily")
  void shouldTakeOutAStackThatFailsAtANextHopAndLoseNothing(
      Mischief mischief, AddressFamily family) {
    use(family);
    running.stack.verdict = Verdict.HOLD;
    running.ingress.sendSoon(FRAMES);
    await("they are held", () -> running.received() == FRAMES);
    slot(family).offer(new BadStack(null, mischief));
    await("it is taken out", () -> slot(family).inUse() == NoStages.STACK);
    running.stack.verdict = Verdict.ACCEPTED;
    slot(family).offer(running.stack);
    await("all frames", () -> running.sent() == FRAMES);
    await("every row free", () -> planner.frames().used() == 0);
    assertOldThreadEnds();
  }

  /** Datagrams come of this family only, and the good stack serves it. */
  private void use(AddressFamily family) {
    running.ingress.family = family;
    slot(family).offer(running.stack);
  }

  private StageSlot<NetworkStack> slot(AddressFamily family) {
    return planner.stacks.slot(family);
  }

  /**
   * An ingress that swallows whatever is thrown through it does not keep a thread alive that lost.
   */
  @Test
  void shouldEndAThreadThatAnIngressKeepsFromUnwinding() {
    SimulatedIngress swallowing =
        new SimulatedIngress() {
          @Override
          public int poll(DatagramSink sink, int budget) {
            for (int i = 0; i < 3; i++) {
              try {
                return super.poll(sink, budget);
              } catch (Throwable e) {
                LockSupport.parkNanos(1_000_000); // and tries again
              }
            }
            return 0;
          }
        };
    planner.ingress.offer((Ingress) swallowing);
    slot(AddressFamily.INET).offer(new BadStack(Mischief.BLOCKS, null));
    swallowing.sendSoon(FRAMES);
    await("it is taken out", () -> slot(AddressFamily.INET).inUse() == NoStages.STACK);
    slot(AddressFamily.INET).offer(running.stack);
    await("all frames", () -> running.sent() == FRAMES);
    assertEquals(FRAMES, running.received());
    await("every row free", () -> planner.frames().used() == 0);
    planner.ingress.offer(running.ingress);
    assertOldThreadEnds();
    swallowing.close();
  }

  private void assertOldThreadEnds() {
    over.set(true);
    await(
        "one thread plans",
        () -> caller.get().threadId() == planner.lives.threadId() || !caller.get().isAlive());
    long before = running.sent();
    running.ingress.sendSoon(5);
    await("some more", () -> running.sent() == before + 5);
  }

  private long lost() {
    return running.dropped(Verdict.NO_ROUTE) + running.dropped(Verdict.NO_NEIGHBOUR);
  }

  /** While nobody serves a family other than IPv4. */
  private long unserved() {
    return running.dropped(NoStages.NO_STACK);
  }

  /** On a busy machine, or after a blockade, some come too late; those are dealt with too. */
  private long late() {
    return running.dropped(Verdict.LATE_ON_ARRIVAL) + running.dropped(Verdict.OVERDUE);
  }

  private void send(int count) {
    long base = NativeClock.taiNs() + AHEAD_NS;
    for (int i = 0; i < count; i++) {
      running.ingress.send(base + i * 1_000_000L);
    }
  }

  private final class BadStack implements NetworkStack {
    private final Mischief atEncode;
    private final Mischief atComplete;

    BadStack(Mischief atEncode, Mischief atComplete) {
      this.atEncode = atEncode;
      this.atComplete = atComplete;
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
        default -> {}
      }
    }

    @Override
    public Verdict encode(Datagram datagram, long address, int octets, EncodedFrame out) {
      if (atEncode == null) {
        return running.stack.encode(datagram, address, octets, out);
      }
      misbehave(atEncode);
      running.stack.encode(datagram, address, octets, out);
      switch (atEncode) {
        case LONGER_THAN_THE_BUFFER -> out.lengthOctets = octets + 1;
        case LESS_THAN_ITS_HEADER -> out.lengthOctets = out.headerOctets - 1;
        case PRIORITY_8 -> out.pcp = 8;
        case NO_VERDICT -> {
          return null;
        }
        default -> {}
      }
      return Verdict.ACCEPTED;
    }

    @Override
    public Verdict complete(int pod, long bufferAddress, int lengthOctets) {
      if (atComplete == null) {
        return running.stack.complete(pod, bufferAddress, lengthOctets);
      }
      misbehave(atComplete);
      return atComplete == Mischief.NO_VERDICT ? null : Verdict.HOLD;
    }
  }
}
