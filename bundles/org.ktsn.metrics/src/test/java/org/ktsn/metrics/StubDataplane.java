package org.ktsn.metrics;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.ktsn.api.stack.AddressFamily;
import org.ktsn.api.stats.ClassStatus;
import org.ktsn.api.stats.ClockEffect;
import org.ktsn.api.stats.DataplaneMonitor;
import org.ktsn.api.stats.DataplaneStatus;
import org.ktsn.api.stats.FilterStatus;
import org.ktsn.api.stats.FlowStatus;

/** A data plane that has sent two frames of class 7 and dropped one. */
class StubDataplane implements DataplaneMonitor {
  private static final DataplaneStatus.Quantiles ERRORS =
      new DataplaneStatus.Quantiles(2, 16, 33, 304, 5_000, 80_000);

  @Override
  public DataplaneStatus status() {
    return new DataplaneStatus(
        "tas",
        3,
        1,
        "k0-ktsn",
        4,
        2,
        1,
        1,
        0,
        List.of(0, 0, 0, 0, 0, 0, 0, 1),
        List.of(0L, 0L, 0L, 0L, 0L, 0L, 0L, 2L),
        Map.of("late_on_arrival", 1L),
        ERRORS,
        new DataplaneStatus.Quantiles(0, 0, 0, 0, 0, 0),
        2,
        66_000,
        8_000,
        ClockEffect.NONE);
  }

  @Override
  public List<PodStatus> pods() {
    return List.of(
        new PodStatus(0, 4, 2, 1, 1, 1, Map.of("late_on_arrival", 1L)),
        new PodStatus(5, 0, 0, 0, 0, 0, Map.of()));
  }

  @Override
  public List<FlowStatus> flows() {
    return List.of(flow(flow()), flow(Optional.empty()), flow(flow())); // one was read twice
  }

  private static Optional<FlowStatus.Flow> flow() {
    return Optional.of(
        new FlowStatus.Flow(AddressFamily.INET6, "fd00::2", 4000, "fd00::3", 5000, 7));
  }

  private static FlowStatus flow(Optional<FlowStatus.Flow> flow) {
    return new FlowStatus(
        0,
        flow,
        1,
        OptionalInt.of(7),
        4,
        2,
        1,
        Map.of("late_on_arrival", 1L),
        600,
        1,
        1,
        1,
        1,
        1,
        FlowStatus.Range.NONE,
        FlowStatus.Range.NONE,
        ERRORS);
  }

  @Override
  public List<ClassStatus> classes() {
    return List.of(
        new ClassStatus(6, 0, 0, 0, true, 1, -1, 1, -1, -420),
        new ClassStatus(7, 1, 2, 0, false, 0, 0, 0, 0, 0));
  }

  @Override
  public List<ShaperOffer> shapers() {
    return List.of();
  }

  @Override
  public List<FilterStatus> filters() {
    return List.of(
        new FilterStatus("credit", 1, "org.ktsn.filter.credit", "", List.of()),
        new FilterStatus("mine", 2, "com.example", "it threw", List.of()));
  }

  @Override
  public String plannerPlace() {
    return "asleep";
  }

  @Override
  public void startTrace(Path file, int records) {}

  @Override
  public void stopTrace() {}
}
