package org.ktsn.dataplane;

import org.ktsn.api.filter.Filter;
import org.ktsn.api.filter.FilterFactory;
import org.ktsn.api.filter.FilterSite;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has others' factories make filters, and filters close. Control threads. */
final class FilterMaker {
  private static final Logger LOG = LoggerFactory.getLogger(FilterMaker.class);

  private FilterMaker() {}

  /**
   * Returns what a factory calls itself.
   *
   * @throws IllegalStateException if it fails or takes too long; the message says so
   */
  static String nameOf(FilterFactory factory) {
    return Patience.ask("ktsn-filter-asker", factory::name);
  }

  /**
   * Has a filter made.
   *
   * @throws IllegalStateException if the factory fails or takes too long; the message says so
   */
  static FilterStep make(FilterLine line, String name, FilterFactory factory, FilterSite site) {
    return Patience.ask("ktsn-filter-maker", () -> step(line, name, factory.create(site)));
  }

  private static FilterStep step(FilterLine line, String name, Filter filter) {
    if (filter == null) {
      throw new IllegalStateException("the factory made none");
    }
    return line.step(name, filter);
  }

  /** Closes a filter that the planner has left. */
  static void close(FilterStep step) {
    try {
      Patience.ask("ktsn-filter-closer", () -> closed(step.filter()));
    } catch (IllegalStateException e) {
      LOG.error(
          "event=filter-not-closed filter={} action=none reason=\"{}\"",
          step.name(),
          e.getMessage());
    }
  }

  private static boolean closed(Filter filter) {
    filter.close();
    return true;
  }
}
