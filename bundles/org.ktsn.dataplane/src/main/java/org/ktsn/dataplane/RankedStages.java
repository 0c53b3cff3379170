package org.ktsn.dataplane;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.Version;

/**
 * The services that offer themselves for one stage; the one with the highest ranking is best, and
 * of several with the same ranking the one that was there first, as everywhere in OSGi. But a newer
 * version of a bundle comes before the older one that it was deployed beside. A ranking may change
 * while the service is there, so it is looked at anew each time. One thread at a time.
 *
 * @param <S> the service
 */
final class RankedStages<S> {
  private final Map<ServiceReference<S>, S> offers = new HashMap<>();

  /** Takes an offer; its classes are loaded before anybody meets it. */
  void add(ServiceReference<S> reference, S service) {
    StageClasses.load(service.getClass());
    offers.put(reference, service);
  }

  void remove(ServiceReference<S> reference) {
    offers.remove(reference);
  }

  Optional<S> best() {
    return best((reference, any) -> true);
  }

  /** Returns the highest of those that pass a test. */
  Optional<S> best(Predicate<S> test) {
    return best((reference, service) -> test.test(service));
  }

  /** Returns the highest of those that pass a test, which looks at what they say of themselves. */
  Optional<S> best(BiPredicate<ServiceReference<S>, S> test) {
    return inOrder().stream()
        .filter(offer -> test.test(offer.reference(), offer.service()))
        .map(Offer::service)
        .findFirst();
  }

  /** Visits all, the highest first. */
  void forEach(BiConsumer<ServiceReference<S>, S> visitor) {
    inOrder().forEach(offer -> visitor.accept(offer.reference(), offer.service()));
  }

  private List<Offer<S>> inOrder() {
    List<Offer<S>> all =
        offers.entrySet().stream().map(e -> new Offer<>(e.getKey(), e.getValue())).toList();
    return all.stream()
        .sorted(
            Comparator.<Offer<S>>comparingInt(Offer::ranking)
                .reversed()
                .thenComparingLong(offer -> offer.firstOfItsBundle(all))
                .thenComparing(Offer::version, Comparator.reverseOrder())
                .thenComparingLong(Offer::id))
        .toList();
  }

  /** Returns the symbolic name of a service's bundle; empty if the service is just leaving. */
  static String bundleOf(ServiceReference<?> reference) {
    return reference.getBundle() == null ? "" : reference.getBundle().getSymbolicName();
  }

  private record Offer<S>(ServiceReference<S> reference, S service) {
    int ranking() {
      return reference.getProperty(Constants.SERVICE_RANKING) instanceof Integer given ? given : 0;
    }

    long id() {
      return reference.getProperty(Constants.SERVICE_ID) instanceof Long given ? given : 0;
    }

    /** The versions of a bundle stand where the one of them does that was there first. */
    long firstOfItsBundle(List<Offer<S>> all) {
      return all.stream()
          .filter(other -> other.ranking() == ranking() && other.bundle().equals(bundle()))
          .mapToLong(Offer::id)
          .min()
          .orElse(id());
    }

    String bundle() {
      return bundleOf(reference);
    }

    Version version() {
      return reference.getBundle() == null
          ? Version.emptyVersion
          : reference.getBundle().getVersion();
    }
  }
}
