package org.ktsn.api.filter;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Makes filters of one function. Register it as a service to put the function on the frames' way:
 * the data plane takes a filter up while frames flow, and leaves it before the service is gone.
 *
 * <p>Of several factories with one name the one with the highest {@code service.ranking} is used,
 * so that a new version takes over from an older one. The filters of different names stand in a
 * line, in the order of {@link #ORDER}.
 */
@ConsumerType
public interface FilterFactory {
  /**
   * The service property, an {@code Integer}, for a filter's place in the line: the lowest is asked
   * first, on the way in and on the way out; of equal ones that whose name comes first. Without it
   * {@link #DEFAULT_ORDER} counts.
   */
  String ORDER = "ktsn.filter.order";

  /**
   * The place of filters that name none. Policing stands before, at 100; pods' credit behind, at
   * 900.
   */
  int DEFAULT_ORDER = 500;

  /** Returns the function's name, for instance {@code psfp}; constant, unique in the line. */
  String name();

  /**
   * Makes a filter. A control thread; may allocate, may not wait. The filter is told of pods and of
   * frames that wait before it is asked about the first one.
   *
   * @param site where it is to work
   */
  Filter create(FilterSite site);
}
