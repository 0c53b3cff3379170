package org.ktsn.shell;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.ktsn.api.stats.DataplaneStatus.Quantiles;
import org.ktsn.api.stats.FlowStatus;
import org.ktsn.api.stats.FlowStatus.Flow;
import org.ktsn.api.stats.FlowStatus.Range;

/** Flows as a data plane may have counted them. */
final class FakeFlows {
  static final long NOW_NS = 2_000_000_000_000L;

  private FakeFlows() {}

  /** A flow at 1 kHz; 12 of its 4000 frames came too late. */
  static FlowStatus late(int pod) {
    return new FlowStatus(
        pod,
        Optional.of(new Flow("10.77.0.2", 40_000, "10.77.0.3", 5_000, 6)),
        1,
        OptionalInt.of(6),
        4_000,
        3_988,
        0,
        Map.of("late_on_arrival", 12L),
        239_280,
        1_000.2,
        480_000,
        NOW_NS,
        NOW_NS - 4_000_000_000L,
        NOW_NS - 800_000,
        new Range(-1_300_000, 780_000, 910_000),
        new Range(0, 210, 4_100),
        new Quantiles(3_988, 31, 47, 95, 319, 402));
  }

  /** A busier flow of which nothing was late; its gates make it wait. */
  static FlowStatus busy(int pod) {
    return new FlowStatus(
        pod,
        Optional.of(new Flow("10.77.0.4", 40_001, "10.77.0.3", 5_001, 0)),
        1,
        OptionalInt.empty(),
        200_000,
        199_998,
        0,
        Map.of(),
        12_000_000,
        20_000,
        9_600_000,
        NOW_NS,
        NOW_NS - 10_000_000_000L,
        NOW_NS - 50_000,
        new Range(500_000, 900_000, 2_000_000),
        new Range(0, 300_000, 800_000),
        new Quantiles(199_998, 31, 47, 95, 319, 402));
  }

  /** A flow between these, of which nothing has come. */
  static FlowStatus of(Flow flow) {
    return new FlowStatus(
        0,
        Optional.of(flow),
        1,
        OptionalInt.empty(),
        0,
        0,
        0,
        Map.of(),
        0,
        0,
        0,
        NOW_NS,
        NOW_NS,
        NOW_NS,
        Range.NONE,
        Range.NONE,
        new Quantiles(0, 0, 0, 0, 0, 0));
  }

  /** What 77 flows that were pushed out had counted. */
  static FlowStatus others(int pod) {
    return new FlowStatus(
        pod,
        Optional.empty(),
        77,
        OptionalInt.empty(),
        80,
        70,
        2,
        Map.of("missed", 3L, "too_early", 7L),
        4_200,
        0.1,
        48,
        NOW_NS,
        NOW_NS - 10_000_000_000L,
        NOW_NS - 9_000_000_000L,
        new Range(500_000, 900_000, 2_000_000),
        Range.NONE,
        new Quantiles(70, 31, 47, 95, 319, 402));
  }
}
