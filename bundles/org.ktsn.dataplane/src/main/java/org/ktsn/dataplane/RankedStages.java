package org.ktsn.dataplane;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.osgi.framework.ServiceReference;

/**
 * The services that offer themselves for one stage; the one with the highest ranking is best. A
 * ranking may change while the service is there, so it is looked at anew each time. One thread at a
 * time.
 *
 * @param <S> the service
 */
final class RankedStages<S> {
  private final Map<ServiceReference<S>, S> offers = new HashMap<>();

  void add(ServiceReference<S> reference, S service) {
    offers.put(reference, service);
  }

  /** Visits all, the highest ranking first. */
  void forEach(BiConsumer<ServiceReference<S>, S> visitor) {
    offers.entrySet().stream()
        .sorted(Map.Entry.comparingByKey(Comparator.reverseOrder()))
        .forEach(offer -> visitor.accept(offer.getKey(), offer.getValue()));
  }

  void remove(ServiceReference<S> reference) {
    offers.remove(reference);
  }

  Optional<S> best() {
    return best(any -> true);
  }

  /** Returns the highest of those that pass a test. */
  Optional<S> best(Predicate<S> test) {
    return offers.entrySet().stream()
        .filter(offer -> test.test(offer.getValue()))
        .max(Map.Entry.comparingByKey(Comparator.naturalOrder()))
        .map(Map.Entry::getValue);
  }
}
