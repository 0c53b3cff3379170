package org.ktsn.filter.psfp.yang;

import java.util.List;

/** Policing parameters are refused; nothing has changed. Carries every problem found. */
public final class PolicingException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<Problem> problems;

  /**
   * One thing that is wrong.
   *
   * @param pointer where, as a JSON pointer (RFC 6901); empty for the document as a whole
   * @param message what is wrong, with the value and the remedy
   */
  public record Problem(String pointer, String message) {
    @Override
    public String toString() {
      return (pointer.isEmpty() ? "/" : pointer) + ": " + message;
    }
  }

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
