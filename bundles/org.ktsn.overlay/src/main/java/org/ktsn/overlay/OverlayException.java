package org.ktsn.overlay;

import java.util.List;
import java.util.stream.Collectors;
import org.ktsn.yang.Problems.Problem;

/** A description of the overlay is refused as a whole; carries every problem found. */
final class OverlayException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  OverlayException(List<Problem> problems) {
    super(problems.stream().map(Problem::toString).collect(Collectors.joining("; ")));
  }
}
