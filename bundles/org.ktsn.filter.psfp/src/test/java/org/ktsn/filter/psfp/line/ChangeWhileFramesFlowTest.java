package org.ktsn.filter.psfp.line;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.ktsn.filter.psfp.model.FlowMeter;
import org.ktsn.filter.psfp.model.GateControl;
import org.ktsn.filter.psfp.model.PolicingParameters;
import org.ktsn.filter.psfp.model.StreamFilter;

/** One thread sends, others ask for something else and look at what has become of it. */
class ChangeWhileFramesFlowTest {
  private static final long NOW_NS = 1_000_000_000L;
  private static final long GAP_NS = 100_000;
  private static final int FRAMES = 200_000;

  @Test
  void shouldKeepExactlyToARateThroughAnyNumberOfChanges() throws InterruptedException {
    // 125 octets a millisecond; the stream sends ten times as much
    FlowMeter meter = Asked.meter(1_000_000, 125, 0, 0);
    PolicingParameters one = Asked.anyFrame(Asked.open(), meter);
    PolicingParameters other =
        new PolicingParameters(
            List.of(Asked.pod(3, "somebody")),
            List.of(one.filters().getFirst(), of(3)),
            List.of(Asked.gate(GateControl.constant(true, 4))),
            List.of(meter));
    TestLine line = new TestLine(one, NOW_NS);
    AtomicBoolean sending = new AtomicBoolean(true);
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread changes =
        Thread.ofPlatform()
            .uncaughtExceptionHandler((thread, thrown) -> failure.set(thrown))
            .start(
                () -> {
                  for (int i = 0; sending.get() || i < 1_000; i++) {
                    line.filter.change(i % 2 == 0 ? other : one, NOW_NS);
                    line.filter.state(NOW_NS).filter(1, new com.google.gson.JsonObject());
                  }
                });
    int passed = 0;
    FakeFrame frame = new FakeFrame();
    frame.lengthOctets = 121;
    for (int i = 0; i < FRAMES; i++) {
      frame.launchTimeNs = NOW_NS + i * GAP_NS;
      passed += line.pass(frame).isEmpty() ? 1 : 0;
    }
    sending.set(false);
    changes.join();
    assertEquals(null, failure.get());
    assertEquals(FRAMES / 10, passed);
    assertEquals((long) FRAMES, line.status("stream_filters", 1, "matching_frames"));
    assertEquals((long) FRAMES, line.status("stream_filters", 1, "passing_frames"));
    assertEquals((long) FRAMES / 10 * 9, line.status("stream_filters", 1, "red_frames"));
    assertTrue((long) line.status("flow_meters", 1, "green_frames") == FRAMES / 10);
  }

  private static StreamFilter of(long stream) {
    StreamFilter filter = Asked.filter(OptionalLong.of(stream), 0);
    return new StreamFilter(
        2,
        filter.streamHandle(),
        filter.priority(),
        0,
        false,
        Optional.empty(),
        filter.gate(),
        filter.meter());
  }
}
