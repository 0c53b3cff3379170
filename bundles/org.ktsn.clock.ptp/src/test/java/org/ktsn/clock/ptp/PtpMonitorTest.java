package org.ktsn.clock.ptp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ktsn.api.time.ClockQualityObserver;
import org.ktsn.api.time.ClockReport;
import org.ktsn.api.time.ClockState;
import org.ktsn.api.time.ClockStep;
import org.ktsn.foreign.ForeignException;

/** The monitor turn by turn on manual clocks, with a ptp4l that the test plays. */
final class PtpMonitorTest {
  private static final long MS = 1_000_000;

  @TempDir Path directory;

  private final ManualClocks clocks = new ManualClocks();
  private final List<String> heard = new ArrayList<>();
  private PtpMonitor monitor;
  private FakePtp4l daemon;

  @AfterEach
  void close() {
    if (monitor != null) {
      monitor.close();
    }
    if (daemon != null) {
      daemon.close();
    }
  }

  private MonitorSettings settings(Path run) {
    return new MonitorSettings(
        InstanceList.read("plant socket=" + directory.resolve("ptp4l")),
        true,
        100 * MS,
        50 * MS,
        100 * MS,
        run,
        PtpMonitorComponent.settings(Configs.of(Map.of()), run).quality());
  }

  private void open() {
    monitor = new PtpMonitor(settings(directory), clocks);
    monitor.add(
        new ClockQualityObserver() {
          @Override
          public void qualityChanged(ClockReport report) {
            heard.add(report.state().toString());
          }

          @Override
          public void clockStepped(ClockStep step) {
            heard.add("step " + step.stepNs());
          }
        });
  }

  /** Time passes; the daemon, if it runs, gets a Sync message every 100 ms. */
  private void run(long ns) {
    for (long end = clocks.nowNs() + ns; clocks.nowNs() < end; clocks.pass(10 * MS)) {
      if (daemon != null) {
        daemon.samples = Samples.slave(300, clocks.realtimeNs() / (100 * MS) * (100 * MS));
      }
      for (int i = 0; i < 10; i++) {
        monitor.turn();
        if (daemon != null) {
          daemon.serve(directory.resolve("ptp-plant.sock"));
        }
      }
    }
  }

  @Test
  void shouldBeALocalClockWhileNoPtp4lRuns() {
    open();
    run(5_000 * MS);
    assertEquals(List.of("LOCAL"), heard);
    assertEquals(0, monitor.counters().get("transitions"));
    String text = PtpText.write(monitor.view());
    assertTrue(text.startsWith("clock                 local since"), text);
    assertTrue(text.contains("no ptp4l runs here"), text);
  }

  @Test
  void shouldSynchroniseAsSoonAsPtp4lAppears() {
    open();
    run(500 * MS);
    daemon = new FakePtp4l(directory.resolve("ptp4l"));
    run(3_000 * MS);
    assertEquals(List.of("LOCAL", "FREE_RUNNING", "SYNCHRONISED"), heard);
    assertEquals(300, monitor.report().offsetNs().orElseThrow());
  }

  @ParameterizedTest
  @ValueSource(longs = {1_000_000_000L, -1_000_000_000L, 37_000_000_000L, -37_000_000_000L})
  void shouldTellOfAStepBeforeTheQualityThatItCauses(long stepNs) {
    open();
    daemon = new FakePtp4l(directory.resolve("ptp4l"));
    run(3_000 * MS);
    heard.clear();
    clocks.step(stepNs);
    run(3_000 * MS);
    assertEquals(List.of("step " + stepNs, "FREE_RUNNING", "SYNCHRONISED"), heard);
    assertEquals(1, monitor.counters().get("clock_steps"));
    assertEquals(stepNs, monitor.view().lastStep().orElseThrow().stepNs());
  }

  @Test
  void shouldSurviveAnswersWithAbsurdContents() {
    open();
    daemon = new FakePtp4l(directory.resolve("ptp4l"));
    Random random = new Random(7);
    daemon.damage =
        answer -> {
          for (int i = random.nextInt(8); i > 0; i--) {
            answer[random.nextInt(54, answer.length)] = (byte) random.nextInt();
          }
          return answer;
        };
    run(60_000 * MS);
    assertTrue(monitor.counters().get("answers") > 500, monitor.counters().toString());
    daemon.damage = UnaryOperator.identity();
    run(5_000 * MS);
    assertEquals(ClockState.SYNCHRONISED, monitor.report().state(), PtpText.write(monitor.view()));
    assertEquals(300, monitor.report().offsetNs().orElseThrow());
  }

  @Test
  void shouldGoOnWhenAnObserverFails() {
    monitor = new PtpMonitor(settings(directory), clocks);
    monitor.add(
        report -> {
          throw new IllegalStateException("an observer's defect");
        });
    monitor.add(report -> heard.add(report.state().toString()));
    daemon = new FakePtp4l(directory.resolve("ptp4l"));
    run(3_000 * MS);
    assertEquals(List.of("LOCAL", "FREE_RUNNING", "SYNCHRONISED"), heard);
  }

  @Test
  void shouldTellAnObserverNothingAfterItsRemoval() {
    ClockQualityObserver observer = report -> heard.add(report.state().toString());
    monitor = new PtpMonitor(settings(directory), clocks);
    monitor.add(observer);
    monitor.remove(observer);
    run(100 * MS);
    assertEquals(List.of(), heard);
  }

  @Test
  void shouldSayWhereTheReplySocketCanNotBeMade() {
    MonitorSettings nowhere = settings(directory.resolve("no/such/folder"));
    String message =
        assertThrows(ForeignException.class, () -> new PtpMonitor(nowhere, clocks)).getMessage();
    assertTrue(message.contains("ptp-plant.sock can't be bound"), message);
  }

  @Test
  void shouldLeaveNothingBehind() {
    open();
    monitor.start();
    Eventually.holds("the thread runs", () -> heard.contains("LOCAL"));
    monitor.close();
    assertFalse(Files.exists(directory.resolve("ptp-plant.sock")));
  }

  @Test
  void shouldShowEverythingAsJson() {
    open();
    daemon = new FakePtp4l(directory.resolve("ptp4l"));
    run(3_000 * MS);
    clocks.step(1_000 * MS);
    run(3_000 * MS);
    Object answer = new PtpCommand(monitor).execute(null, List.of("--json"));
    JsonObject json = JsonParser.parseString(String.valueOf(answer)).getAsJsonObject();
    assertEquals("synchronised", json.get("state").getAsString());
    assertEquals(400, json.get("uncertainty_ns").getAsLong());
    assertEquals("go-on", json.get("policies").getAsJsonArray().get(0).getAsString());
    assertEquals(1_000 * MS, json.get("last_step").getAsJsonObject().get("step_ns").getAsLong());
    JsonObject instance = json.get("instances").getAsJsonArray().get(0).getAsJsonObject();
    assertEquals("answers", instance.get("reach").getAsString());
    JsonObject observation = instance.get("observation").getAsJsonObject();
    assertEquals(300, observation.get("master_offset_ns").getAsLong());
    assertEquals(
        "SLAVE",
        observation
            .get("ports")
            .getAsJsonArray()
            .get(0)
            .getAsJsonObject()
            .get("state")
            .getAsString());
    assertEquals(4, json.get("transitions").getAsJsonArray().size());
    assertTrue(json.get("counters").getAsJsonObject().get("answers").getAsLong() > 50);
  }

  @Test
  void shouldShowEverythingToPeople() {
    open();
    daemon = new FakePtp4l(directory.resolve("ptp4l"));
    run(3_000 * MS);
    String text = String.valueOf(new PtpCommand(monitor).execute(null, List.of()));
    for (String part :
        List.of(
            "clock                 synchronised since",
            "policy                go-on",
            "grandmaster           fe2abf.fffe.942464, 1 steps away",
            "offset from master    300 ns",
            "ports                 port 1 is SLAVE, port 2 is FAULTY",
            "local -> free-running")) {
      assertTrue(text.contains(part), text);
    }
    assertEquals(ClockState.SYNCHRONISED, monitor.report().state());
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> new PtpCommand(monitor).execute(null, List.of("--jsn")))
            .getMessage();
    assertTrue(message.contains("usage: ktsn:ptp [--json]"), message);
  }
}
