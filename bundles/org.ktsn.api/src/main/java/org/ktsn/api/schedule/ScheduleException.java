package org.ktsn.api.schedule;

import java.util.List;
import java.util.stream.Collectors;

/** A schedule is refused. Nothing has changed. Carries every problem, not just the first. */
public final class ScheduleException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The problems; records of strings, so the exception stays serializable in practice. */
  private final transient List<ScheduleProblem> problems;

  /** Makes one of all the problems found; there must be one at least. */
  public ScheduleException(List<ScheduleProblem> problems) {
    super(problems.stream().map(ScheduleProblem::toString).collect(Collectors.joining("\n")));
    this.problems = List.copyOf(problems);
  }

  /** Returns the problems. */
  public List<ScheduleProblem> problems() {
    return problems;
  }
}
