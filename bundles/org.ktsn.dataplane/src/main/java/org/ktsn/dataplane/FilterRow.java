package org.ktsn.dataplane;

import java.util.List;
import java.util.stream.Collectors;

/**
 * The filters that are to be at work, in their order: offered to the planner as a whole. Two rows
 * are never the same one, whatever stands in them.
 */
final class FilterRow {
  private final List<FilterStep> steps;

  FilterRow(List<FilterStep> steps) {
    this.steps = List.copyOf(steps);
  }

  List<FilterStep> steps() {
    return steps;
  }

  @Override
  public String toString() {
    return steps.stream().map(FilterStep::name).collect(Collectors.joining(", ", "filters [", "]"));
  }
}
