package org.ktsn.clock.ptp;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.BiFunction;

/**
 * Finds out where a silent ptp4l would answer: it ignores questions in another domain, or with
 * another transportSpecific, without a word. Asks a few at a time, so that its queue never fills.
 */
final class DomainSearch {
  private static final int AT_ONCE = 4;
  private static final long PAUSE_NS = 20_000_000;
  private static final long LAST_ANSWERS_NS = 200_000_000;
  private static final int DOMAINS = 256;

  /** The domains of the profiles in use: 802.1AS, power, telecom, audio; asked first. */
  private static final int[] LIKELY = {0, 20, 24, 44, 127, 128, 254, 1, 2, 3, 4};

  private record Place(int transportSpecific, int domainNumber) {}

  private final Deque<Place> left = new ArrayDeque<>();
  private long nextNs;

  /** Begins a search; the configured place is left out. */
  DomainSearch(InstanceSettings settings, long nowNs) {
    nextNs = nowNs;
    int domain = settings.domainNumber();
    int other = settings.transportSpecific() == 0 ? 1 : 0;
    Set<Place> places = new LinkedHashSet<>();
    places.add(new Place(other, domain));
    for (int likely : LIKELY) {
      places.add(new Place(settings.transportSpecific(), likely));
      places.add(new Place(other, likely));
    }
    for (int each = 0; each < DOMAINS; each++) {
      places.add(new Place(settings.transportSpecific(), each));
      places.add(new Place(other, each));
    }
    places.remove(new Place(settings.transportSpecific(), domain));
    left.addAll(places);
  }

  /**
   * Asks in the next few places, if it is time.
   *
   * @param question sends a question with a transportSpecific in a domain; false if it can't be
   *     sent now
   */
  void turn(long nowNs, BiFunction<Integer, Integer, Boolean> question) {
    if (nowNs - nextNs < 0) {
      return;
    }
    nextNs = nowNs + PAUSE_NS;
    for (int i = 0; i < AT_ONCE && !left.isEmpty(); i++) {
      Place place = left.getFirst();
      if (!question.apply(place.transportSpecific(), place.domainNumber())) {
        return;
      }
      left.removeFirst();
    }
    if (left.isEmpty()) {
      nextNs = nowNs + LAST_ANSWERS_NS;
    }
  }

  long nextNs() {
    return nextNs;
  }

  /** Tells whether everything was asked, and there was time for the last answers. */
  boolean isOver(long nowNs) {
    return left.isEmpty() && nowNs - nextNs >= 0;
  }
}
