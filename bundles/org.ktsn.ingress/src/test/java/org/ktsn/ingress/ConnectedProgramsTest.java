package org.ktsn.ingress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ktsn.api.ingress.ChannelStatus;
import org.ktsn.api.ingress.ChannelStatus.Program;
import org.ktsn.api.ingress.DatagramSink;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.stack.AddressFamily;
import org.ktsn.api.stack.Datagram;
import org.ktsn.api.stack.NeighbourHints;

/** What others see of the channels: who is connected, and whether datagrams are taken. */
final class ConnectedProgramsTest {
  private static final int NUMBER = 5;
  private static final int SLOTS = 16;
  private static final int PROCESS = (int) ProcessHandle.current().pid();

  private static final DatagramSink SINK =
      new DatagramSink() {
        @Override
        public boolean accept(Datagram datagram) {
          return true;
        }

        @Override
        public void malformed(int pod) {
          throw new AssertionError("nothing was handed over");
        }
      };

  @TempDir private Path directory;
  private IngressComponent ingress;
  private Pod pod;

  /** The usual settings, but for small rings. */
  private static IngressComponent.Config settings() {
    return (IngressComponent.Config)
        Proxy.newProxyInstance(
            IngressComponent.Config.class.getClassLoader(),
            new Class<?>[] {IngressComponent.Config.class},
            (self, method, arguments) ->
                method.getName().equals("slot_count") ? SLOTS : method.getDefaultValue());
  }

  @BeforeEach
  void start() {
    ingress = new IngressComponent(settings());
    pod =
        new Pod(
            "talker",
            NUMBER,
            Path.of("/proc/self/ns/net"),
            "tsn0",
            "v5-ktsn",
            new MacAddress(0x02_00_00_00_00_05L),
            List.of("10.77.0.2/16"),
            directory.resolve("app.sock"));
    ingress.attached(pod);
  }

  @AfterEach
  void stop() throws InterruptedException {
    ingress.stop();
  }

  private ChannelStatus channel() {
    return ingress.channel(NUMBER).orElseThrow();
  }

  private SeqpacketClient connect() {
    return new SeqpacketClient(pod.channelSocket());
  }

  private static void await(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < end, "not within 10 s: " + what);
      Thread.onSpinWait();
    }
  }

  @Test
  void shouldListProgramsThatWereWelcomedUntilTheyLeave() {
    assertEquals(new ChannelStatus(false, 0, SLOTS, List.of()), channel());
    try (SeqpacketClient silent = connect();
        SeqpacketClient second = connect()) {
      assertTrue(silent.isConnected());
      try (SeqpacketClient first = connect()) {
        first.hello("talk");
        await("the first", () -> channel().programs().size() == 1);
        second.hello("second");
        await("the second", () -> channel().programs().size() == 2);
        List<Program> programs = channel().programs();
        assertEquals(PROCESS, programs.getFirst().process());
        assertEquals(
            List.of("talk", "second"),
            programs.stream().map(Program::name).toList(),
            "in the order in which they came, without the one that says nothing");
      }
      await("the first has left", () -> channel().programs().size() == 1);
      assertEquals("second", channel().programs().getFirst().name());
    }
    await("all have left", () -> channel().programs().isEmpty());
  }

  @Test
  void shouldKeepNothingOfANameThatATerminalWouldObey() {
    try (SeqpacketClient program = connect()) {
      program.hello("a\u001b[31m b\n\u00e9");
      await("it is there", () -> channel().programs().size() == 1);
      assertEquals("a[31mb", channel().programs().getFirst().name());
    }
  }

  @Test
  void shouldTellWhetherDatagramsAreTaken() {
    ingress.network(NUMBER, 7, 1_450, 1);
    await("the network is known", () -> channel().mtuOctets() == 1_450);
    await(
        "the planner drains",
        () -> {
          int taken = ingress.poll(SINK, 1);
          return taken == 0 && channel().accepting();
        });
    ingress.network(NUMBER, 0, 0, 2);
    await("the interface is gone", () -> !channel().accepting());
  }

  @Test
  void shouldHangUpOnlyOnTheProgramForWhichAnErrorHappened() {
    ingress.bindHints(
        (number, family, high, low) -> {
          throw new NoClassDefFoundError("org/example/Gone");
        });
    try (SeqpacketClient asking = connect();
        SeqpacketClient other = connect()) {
      asking.hello("asking");
      other.hello("other");
      await("both", () -> channel().programs().size() == 2);

      asking.resolve(AddressFamily.INET.number());

      await("the one has left", () -> channel().programs().size() == 1);
      assertEquals("other", channel().programs().getFirst().name());
      try (SeqpacketClient next = connect()) {
        next.hello("next");
        await("another comes", () -> channel().programs().size() == 2);
      }
    }
  }

  @Test
  void shouldHandHintsOfEveryFamilyToWhoeverTakesThemAndNoOthers() {
    List<String> told = new CopyOnWriteArrayList<>();
    List<String> alsoTold = new CopyOnWriteArrayList<>();
    ingress.bindHints((pod, family, high, low) -> told.add(pod + " " + family.text(high, low)));
    NeighbourHints other = (pod, family, high, low) -> alsoTold.add(pod + " " + family);
    ingress.bindHints(other);
    try (SeqpacketClient asking = connect()) {
      asking.hello("asking");
      await("it", () -> channel().programs().size() == 1);
      asking.resolve(AddressFamily.INET.number());
      asking.resolve(99);
      asking.resolve(AddressFamily.INET6.number());
      await("two", () -> told.size() == 2 && alsoTold.size() == 2);
      ingress.unbindHints(other);
      asking.resolve(AddressFamily.PACKET.number());
      await("three", () -> told.size() == 3);
    }
    assertEquals(
        List.of(
            NUMBER + " 1.1.1.1",
            NUMBER + " 101:101:101:101:101:101:101:101",
            NUMBER + " 01:01:01:01:01:01"),
        told);
    assertEquals(List.of(NUMBER + " INET", NUMBER + " INET6"), alsoTold);
  }

  @Test
  void shouldKnowNoChannelOfAPodThatIsNotThere() {
    assertEquals(Optional.empty(), ingress.channel(NUMBER + 1));
    ingress.detached(pod);
    assertFalse(ingress.channel(NUMBER).isPresent());
  }
}
