package org.ktsn.api.stats;

import java.util.List;
import org.ktsn.api.filter.StatusTable;

/**
 * A filter on the frames' way, or one that should be there.
 *
 * @param name its name
 * @param order its place in the line: the lowest is asked first
 * @param bundle the symbolic name of the bundle that it comes from
 * @param problem why it is not at work, as a sentence; empty if it is
 * @param tables what it shows of itself
 */
public record FilterStatus(
    String name, int order, String bundle, String problem, List<StatusTable> tables) {
  /** Copies the list. */
  public FilterStatus {
    tables = List.copyOf(tables);
  }

  /** Tells whether frames pass it. */
  public boolean isAtWork() {
    return problem.isEmpty();
  }
}
