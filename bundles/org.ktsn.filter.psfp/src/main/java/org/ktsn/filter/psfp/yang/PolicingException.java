package org.ktsn.filter.psfp.yang;

import java.util.List;
import org.ktsn.yang.Problems.Problem;

/** Policing parameters are refused; nothing has changed. Carries every problem found. */
public final class PolicingException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<Problem> problems;

  /** Makes one of all problems; there must be one at least. */
  public PolicingException(List<Problem> problems) {
    super(String.join("\n", problems.stream().map(Problem::toString).toList()));
    this.problems = List.copyOf(problems);
  }

  /** Returns the problems. */
  public List<Problem> problems() {
    return problems;
  }
}
