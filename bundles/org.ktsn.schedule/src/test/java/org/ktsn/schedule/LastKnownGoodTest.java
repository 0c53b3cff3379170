package org.ktsn.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.schedule.PortSchedule;
import org.ktsn.api.schedule.ScheduleObserver;

class LastKnownGoodTest {
  private static final long NOW_NS = 1_800_000_000_000_000_000L;

  @TempDir private Path folder;
  private final YangScheduleCodec codec = new YangScheduleCodec();
  private StateDirectory store;

  @BeforeEach
  void openStore() {
    store = new StateDirectory(folder);
  }

  /** A port that starts with every gate open, as after a restart. */
  private static final class FreshPort implements PortSchedule {
    private GateSchedule schedule = GateSchedule.open();
    private Optional<ScheduleObserver> observer = Optional.empty();
    private int changes;

    @Override
    public int trafficClasses() {
      return 8;
    }

    @Override
    public GateSchedule current() {
      return schedule;
    }

    @Override
    public GateSchedule change(GateParameters parameters) {
      changes++;
      schedule = schedule.change(parameters, NOW_NS);
      observer.ifPresent(told -> told.changed(parameters, schedule));
      return schedule;
    }
  }

  private LastKnownGood keeper(FreshPort port) {
    LastKnownGood keeper = new LastKnownGood(port, codec, store);
    port.observer = Optional.of(keeper);
    return keeper;
  }

  private GateParameters asked(String text) {
    return codec.decode(text, 8);
  }

  @Test
  void shouldRestoreTheLastScheduleInItsPhaseAfterARestart() {
    FreshPort first = new FreshPort();
    keeper(first);
    first.change(asked("base=1000s; A 300us 7; B 700us 0-6"));
    first.change(asked("base=1000s; A 200us 7; B 800us 0-6"));

    FreshPort second = new FreshPort();
    keeper(second);
    GateSchedule restored = second.current().at(NOW_NS + 1_000_000);
    assertEquals(asked("base=1000s; A 200us 7; B 800us 0-6"), restored.oper());
    assertEquals(0, (restored.operSinceNs() - 1_000_000_000_000L) % 1_000_000);
    assertEquals(0, restored.configChangeErrors());
  }

  @Test
  void shouldAskForNothingIfNothingWasKept() {
    FreshPort port = new FreshPort();
    keeper(port);
    assertEquals(0, port.changes);
  }

  @Test
  void shouldLeaveADataPlaneAloneThatHasItStill() {
    FreshPort port = new FreshPort();
    keeper(port);
    port.change(asked("A 200us 7; B 800us 0-6"));
    keeper(port);
    assertEquals(1, port.changes);
  }

  @Test
  void shouldSetABrokenFileAsideAndStartOpen() throws IOException {
    Files.writeString(folder.resolve(LastKnownGood.DOCUMENT), "{\"gate-enabled\": tr");
    FreshPort port = new FreshPort();
    keeper(port);
    assertEquals(0, port.changes);
    assertFalse(Files.exists(folder.resolve(LastKnownGood.DOCUMENT)));
    try (Stream<Path> files = Files.list(folder)) {
      assertTrue(
          files.anyMatch(
              file -> file.getFileName().toString().startsWith("schedule.json.broken-")));
    }
    port.change(asked("A 200us 7; B 800us 0-6"));
    assertTrue(Files.exists(folder.resolve(LastKnownGood.DOCUMENT)));
  }

  @Test
  void shouldLetTheScheduleChangeEvenIfItCantBeKept() throws IOException {
    Files.createDirectories(folder.resolve("schedule.json.new/in-the-way"));
    FreshPort port = new FreshPort();
    keeper(port);
    port.change(asked("A 200us 7; B 800us 0-6"));
    assertEquals(1, port.changes);
  }
}
