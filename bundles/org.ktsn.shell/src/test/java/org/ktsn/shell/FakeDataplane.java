package org.ktsn.shell;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.ktsn.api.stats.ClassStatus;
import org.ktsn.api.stats.ClockEffect;
import org.ktsn.api.stats.DataplaneMonitor;
import org.ktsn.api.stats.DataplaneStatus;
import org.ktsn.api.stats.FilterStatus;
import org.ktsn.api.stats.FlowStatus;

/** A data plane that has counted a little. */
final class FakeDataplane implements DataplaneMonitor {
  List<ShaperOffer> offers = List.of();
  List<FilterStatus> filters = List.of();
  ClockEffect clock = ClockEffect.NONE;
  List<FlowStatus> flows = List.of();
  boolean credits;
  Path traced = Path.of("");
  int records;
  List<PodStatus> pods =
      List.of(
          new PodStatus(0, 100, 98, 1, 1, 3, Map.of("missed", 1L)),
          new PodStatus(7, 1, 1, 0, 0, 0, Map.of()));

  @Override
  public DataplaneStatus status() {
    return new DataplaneStatus(
        "tas",
        3,
        0,
        "k0",
        100,
        98,
        1,
        2,
        0,
        List.of(0, 0, 0, 0, 0, 0, 0, 2),
        List.of(0L, 0L, 0L, 0L, 0L, 0L, 0L, 98L),
        Map.of("MISSED", 1L),
        new DataplaneStatus.Quantiles(98, 30, 90, 800, 900, 1_200),
        new DataplaneStatus.Quantiles(98, 40_000, 60_000, 80_000, 90_000, 120_000),
        90,
        200_000,
        4_096,
        clock);
  }

  @Override
  public List<PodStatus> pods() {
    return pods;
  }

  @Override
  public List<FlowStatus> flows() {
    return flows;
  }

  @Override
  public List<ClassStatus> classes() {
    List<ClassStatus> classes = new ArrayList<>();
    for (int c = 0; c < 8; c++) {
      classes.add(
          c == 6 && credits
              ? new ClassStatus(6, 5, 7, 0, true, 20_000_000, -80_000_000, 3_000, -12_000, -4_096)
              : new ClassStatus(c, c == 7 ? 2 : 0, c == 7 ? 98 : 0, c, false, 0, 0, 0, 0, 0));
    }
    return classes;
  }

  @Override
  public List<ShaperOffer> shapers() {
    return offers;
  }

  @Override
  public List<FilterStatus> filters() {
    return filters;
  }

  @Override
  public String plannerPlace() {
    return "asleep";
  }

  @Override
  public void startTrace(Path file, int room) {
    traced = file;
    records = room;
  }

  @Override
  public void stopTrace() {
    records = 0;
  }
}
