package org.ktsn.dataplane;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.osgi.framework.ServiceReference;

/**
 * The services that offer themselves for one stage; the one with the highest ranking is best. One
 * thread at a time.
 *
 * @param <S> the service
 */
final class RankedStages<S> {
  private final TreeMap<ServiceReference<S>, S> offers = new TreeMap<>();

  void add(ServiceReference<S> reference, S service) {
    offers.put(reference, service);
  }

  void remove(ServiceReference<S> reference) {
    offers.remove(reference);
  }

  Optional<S> best() {
    return Optional.ofNullable(offers.lastEntry()).map(Map.Entry::getValue);
  }
}
