package org.ktsn.cli.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.ktsn.api.trace.TraceLayout.Outcome;
import org.ktsn.cli.testbed.Arrivals;
import org.ktsn.cli.testbed.Arrivals.Arrival;
import org.ktsn.cli.testbed.Flow;
import org.ktsn.cli.testbed.Flow.DataPath;
import org.ktsn.cli.testbed.FlowResult;
import org.ktsn.cli.testbed.NativeMoments;
import org.ktsn.cli.testbed.NativeMoments.Moment;
import org.ktsn.cli.testbed.ReportedGates;
import org.ktsn.cli.testbed.ReportedGates.Entry;
import org.ktsn.cli.testbed.TraceFile;
import org.ktsn.cli.testbed.TraceFile.Frame;

class ReportTest {
  private static final ReportedGates PROGRAM =
      new ReportedGates(
          true, 255, List.of(new Entry(128, 300_000), new Entry(127, 700_000)), 1, 1000, 0);
  private static final long BASE_NS = 1_000_030_000L;
  private static final int FRAMES = 4;

  private final List<Arrival> arrivals = new ArrayList<>();
  private final List<Frame> frames = new ArrayList<>();

  @Test
  void shouldFindNoFaultWhereThereIsNone() {
    undisturbed();
    assertEquals(List.of(), report().faults());
  }

  @Test
  void shouldWriteTheMembersThatAreAgreed() {
    undisturbed();
    JsonObject schedule = new JsonObject();
    schedule.addProperty("gate_enabled", true);
    assertEquals(
        """
        {"path":"ovs-dpdk","shaper":"tas",\
        "frames":{"sent":4,"received":4,"lost":0,"duplicated":0,"reordered":0,"late":0,\
        "outside_window":0},\
        "tx_error_ns":{"p50":21,"p90":23,"p99":23,"p99_9":23,"max":23},\
        "latency_us":{"p50":28.000,"p90":28.000,"p99":28.000,"p99_9":28.000,"max":28.000},\
        "jitter_us":{"p50":0.000,"p90":0.000,"p99":0.000,"p99_9":0.000,"max":0.000},\
        "cpu":{"ktsnd_percent":12.3},\
        "native_loop":{"tx_error_ns":{"p50":15,"p90":15,"p99":15,"p99_9":15,"max":15}},\
        "schedule":{"gate_enabled":true},\
        "options":{"frames":4,"size":256,"period_us":1000,"lead_us":2000,"priority":7,\
        "real_time":true}}""",
        report().toJson("tas", schedule).toString());
  }

  @Test
  void shouldJudgeWindowsByTheInstantAtWhichAFrameReallyLeft() {
    undisturbed();
    frames.set(1, frame(1, BASE_NS + 1_000_000, BASE_NS + 1_244_241, 0));
    Report report = report();
    assertEquals(1, report.outsideWindow(), "its last octet leaves behind the window");
    assertEquals(
        List.of("frames that left outside the windows of their class: 1 of 4"), report.faults());
  }

  @Test
  void shouldCountAFrameThatWasDatedAnewAsLate() {
    undisturbed();
    frames.set(1, frame(1, BASE_NS + 2_000_000, BASE_NS + 2_000_010, 1));
    assertEquals(1, report().late());
    assertEquals(List.of(), report().faults(), "late within a window is no fault");
  }

  @Test
  void shouldNameWhatIsLostDuplicatedAndReordered() {
    undisturbed();
    arrivals.clear();
    arrivals.addAll(List.of(arrival(2), arrival(0), arrival(0)));
    assertEquals(
        List.of(
            "datagrams that did not arrive: 2 of 4",
            "datagrams that arrived once more: 1 of 4",
            "datagrams that one sent later overtook: 1 of 4"),
        report().faults());
  }

  @Test
  void shouldNameFramesThatTookAnotherWayThanThroughTheDaemon() {
    undisturbed();
    frames.removeLast();
    assertEquals(List.of("frames that did not leave through KTSNd: 1 of 4"), report().faults());
  }

  @Test
  void shouldFitATerminal() {
    undisturbed();
    for (String line : report().toText(true)) {
      assertTrue(line.length() <= 80, line);
    }
    String text = String.join("\n", report().toText(false));
    assertTrue(text.contains("sent 4   received 4   lost 0"), text);
    assertTrue(text.contains("  native loop"), text);
  }

  private Report report() {
    FlowResult result =
        new FlowResult(
            new Flow(FRAMES, 256, 1_000_000, 2_000_000, 7, DataPath.KTSN, true),
            BASE_NS,
            new Arrivals(arrivals, 0, 0),
            Optional.of(new TraceFile(100_000_000, 0, 0, frames)),
            Optional.of(new NativeMoments(List.of(new Moment(100, 115)))),
            12.34);
    return Report.of(result, PROGRAM);
  }

  private void undisturbed() {
    for (int i = 0; i < FRAMES; i++) {
      long launch = BASE_NS + i * 1_000_000L;
      arrivals.add(arrival(i));
      frames.add(frame(i, launch, launch + 20 + i, 0));
    }
  }

  private static Arrival arrival(int sequence) {
    long launch = BASE_NS + sequence * 1_000_000L;
    return new Arrival(sequence, 256, launch, launch + 28_000);
  }

  private static Frame frame(int sequence, long planned, long actual, int datedAnew) {
    return new Frame(
        BASE_NS + sequence * 1_000_000L,
        planned,
        actual,
        planned + 240_000,
        25_760,
        298,
        0,
        7,
        Outcome.SENT,
        0x0a4d0002,
        40_000,
        7777,
        datedAnew,
        sequence);
  }
}
