package org.ktsn.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.ktsn.api.binder.SwitchStatus;
import org.ktsn.api.controller.ControllerStatus;
import org.ktsn.api.health.HealthSource;
import org.ktsn.api.health.Trouble;
import org.ktsn.api.stats.ClassStatus;
import org.ktsn.api.stats.DataplaneStatus;
import org.ktsn.api.time.ClockQuality;
import org.ktsn.api.time.ClockReport;
import org.ktsn.api.time.ClockState;

class MetricsTest {
  private final Metrics metrics = new Metrics();

  private List<String> lines(boolean flows) {
    return new String(metrics.write(Format.PROMETHEUS, flows), StandardCharsets.UTF_8)
        .lines()
        .filter(line -> !line.startsWith("#"))
        .toList();
  }

  private void assertLine(String line) {
    List<String> written = lines(true);
    assertTrue(written.contains(line), () -> line + " is not among\n" + String.join("\n", written));
  }

  @Test
  void shouldWriteWhatTheDataPlaneCountsInBaseUnits() {
    metrics.dataplane = new StubDataplane();
    assertLine("ktsn_received_datagrams_total 4.0");
    assertLine("ktsn_sent_frames_total{class=\"7\"} 2.0");
    assertLine("ktsn_queued_frames{class=\"7\"} 1.0");
    assertLine("ktsn_dropped_frames_total{reason=\"late_on_arrival\"} 1.0");
    assertLine("ktsn_launch_error_seconds{quantile=\"0.99\"} 3.04E-7");
    assertLine("ktsn_launch_error_seconds_count 2");
    assertLine("ktsn_launcher_margin_seconds 6.6E-5");
    assertLine("ktsn_shaper_in_use{shaper=\"tas\"} 1.0");
    assertLine("ktsn_filter_at_work{filter=\"credit\"} 1.0");
    assertLine("ktsn_filter_at_work{filter=\"mine\"} 0.0");
    assertLine("ktsn_credit_bits{class=\"6\"} -420.0");
  }

  @Test
  void shouldLeaveOutWhatHasNoValue() {
    metrics.dataplane = new StubDataplane();
    String all = String.join("\n", lines(false));
    assertFalse(all.contains("planner_lateness"), "nothing was measured yet");
    assertFalse(all.contains("ktsn_credit_bits{class=\"7\"}"), "class 7 needs no credit");
    assertFalse(all.contains("ktsn_flow_"), "nobody asked for flows");
  }

  @Test
  void shouldCallAPodByItsNumberIfItsNameIsNotKnown() {
    metrics.dataplane = new StubDataplane();
    assertLine("ktsn_pod_sent_frames_total{pod=\"#0\"} 2.0");
    assertLine("ktsn_pod_dropped_frames_total{pod=\"#0\",reason=\"late_on_arrival\"} 1.0");
    assertLine("ktsn_pod_received_datagrams_total{pod=\"#5\"} 0.0");
  }

  @Test
  void shouldTellFlowsApartByWhoSendsToWhom() {
    metrics.dataplane = new StubDataplane();
    assertEquals(
        List.of(
            "ktsn_flow_sent_bytes_total{destination=\"[fd00::3]:5000\",family=\"inet6\",pod=\"#0\","
                + "priority=\"7\",source=\"[fd00::2]:4000\"} 600.0"),
        lines(true).stream().filter(line -> line.startsWith("ktsn_flow_sent_bytes")).toList());
  }

  @Test
  void shouldTellWhichStateTheClockIsIn() {
    metrics.clock =
        new ClockQuality() {
          @Override
          public ClockReport report() {
            return new ClockReport(
                ClockState.FREE_RUNNING,
                0,
                List.of(),
                OptionalLong.of(1_500),
                OptionalLong.empty(),
                "",
                37,
                Set.of(),
                0);
          }

          @Override
          public Map<String, Long> counters() {
            return Map.of("queries", 9L);
          }
        };
    assertLine("ktsn_clock_state{state=\"free-running\"} 1.0");
    assertLine("ktsn_clock_state{state=\"synchronised\"} 0.0");
    assertLine("ktsn_clock_uncertainty_seconds 1.5E-6");
    assertLine("ktsn_clock_tai_offset_seconds 37.0");
    assertLine("ktsn_clock_events_total{event=\"queries\"} 9.0");
    assertFalse(String.join("\n", lines(false)).contains("clock_offset"), "it is not known");
  }

  @Test
  void shouldCountTheTroublesOfEachPart() {
    metrics.addHealth(
        () -> List.of(new Trouble("etc/x.cfg", "one"), new Trouble("etc/x.cfg", "b")));
    metrics.addHealth(() -> List.of(new Trouble("launcher", "three")));
    assertEquals(
        Set.of(
            "ktsn_troubles{subject=\"etc/x.cfg\"} 2.0", "ktsn_troubles{subject=\"launcher\"} 1.0"),
        new TreeSet<>(lines(false)));
  }

  @Test
  void shouldLeaveOutAPartThatFailsAndShowTheOthers() {
    metrics.dataplane =
        new StubDataplane() {
          @Override
          public DataplaneStatus status() {
            throw new IllegalStateException("it is being replaced");
          }
        };
    metrics.addHealth(() -> List.of(new Trouble("launcher", "three")));
    Set<String> names =
        lines(false).stream()
            .map(line -> line.replaceAll("[{ ].*", ""))
            .collect(Collectors.toCollection(TreeSet::new));
    assertTrue(names.contains("ktsn_troubles"), names::toString);
    assertTrue(names.contains("ktsn_pod_sent_frames_total"), names::toString);
    assertFalse(names.contains("ktsn_sent_frames_total"), names::toString);
  }

  @Test
  void shouldShowWhatFramesDoWhenThePlannerDoesNotAnswer() {
    metrics.dataplane =
        new StubDataplane() {
          @Override
          public List<ClassStatus> classes() {
            throw new IllegalStateException("the planner does not answer");
          }
        };
    assertLine("ktsn_sent_frames_total{class=\"7\"} 2.0");
    assertLine("ktsn_filter_at_work{filter=\"mine\"} 0.0");
    assertFalse(String.join("\n", lines(false)).contains("overrun"), "nobody knows");
  }

  @Test
  void shouldCountAmongTheTroublesWhoCannotTell() {
    HealthSource broken =
        () -> {
          throw new IllegalStateException("no");
        };
    metrics.addHealth(broken);
    metrics.addHealth(() -> List.of(new Trouble("launcher", "three")));
    assertEquals(2, lines(false).size());
    assertLine("ktsn_troubles{subject=\"launcher\"} 1.0");
  }

  @Test
  void shouldSayHowManyMessagesWaitAndNotCountThem() {
    metrics.controller =
        () ->
            new ControllerStatus(
                ControllerStatus.State.CONNECTED,
                "plant",
                "node",
                "",
                0,
                "",
                Optional.empty(),
                Map.of("waiting", 3L, "received", 5L));
    assertLine("ktsn_controller_waiting_messages 3.0");
    assertLine("ktsn_controller_events_total{event=\"received\"} 5.0");
    assertFalse(String.join("\n", lines(false)).contains("event=\"waiting\""), "it goes down");
  }

  @Test
  void shouldSayNothingWhereThereIsNothing() {
    assertEquals(List.of(), lines(true));
  }

  @Test
  void shouldEndOpenMetricsAsTheSpecificationSays() {
    metrics.dataplane = new StubDataplane();
    String text = new String(metrics.write(Format.OPEN_METRICS, true), StandardCharsets.UTF_8);
    assertTrue(text.endsWith("# EOF\n"), text);
    assertTrue(text.contains("# TYPE ktsn_sent_frames counter\n"), text);
  }

  @Test
  void shouldGiveTheFormatThatAReaderAsksFor() {
    assertEquals(
        Format.OPEN_METRICS,
        Format.of("application/openmetrics-text;version=1.0.0,text/plain;q=0.5"));
    assertEquals(Format.PROMETHEUS, Format.of("text/plain"));
    assertEquals(Format.PROMETHEUS, Format.of(null));
  }

  @Test
  void shouldSayWhatIsWrongWithAnArgument() {
    MetricsCommand command = new MetricsCommand(metrics);
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> command.execute(null, List.of("--flow")));
    assertEquals("'--flow' is not understood; usage: ktsn:metrics [--flows]", e.getMessage());
  }

  @Test
  void shouldKnowASwitchThatIsAway() {
    assertEquals(1, NodeMetrics.of(new SwitchStatus(false, "", "br-tsn", List.of())).size());
  }
}
