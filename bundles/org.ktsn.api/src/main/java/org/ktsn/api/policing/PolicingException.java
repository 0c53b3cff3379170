package org.ktsn.api.policing;

import java.util.List;
import java.util.stream.Collectors;

/** A policing document is refused; nothing has changed. Carries every problem found. */
public final class PolicingException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<PolicingProblem> problems;

  /** Makes one of all problems; there must be one at least. */
  public PolicingException(List<PolicingProblem> problems) {
    super(problems.stream().map(PolicingProblem::toString).collect(Collectors.joining("\n")));
    this.problems = List.copyOf(problems);
  }

  /** Returns the problems. */
  public List<PolicingProblem> problems() {
    return problems;
  }
}
