package org.ktsn.dataplane;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.shaper.ShaperFactory;
import org.ktsn.api.stats.DataplaneMonitor.ShaperOffer;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which of the strategies on offer shapes: the one that was asked for, else the one with the
 * highest ranking; the fallback if there is none. Control threads, one at a time.
 */
final class ShaperChoice {
  private static final Logger LOG = LoggerFactory.getLogger(ShaperChoice.class);

  private final Planner planner;
  private final RankedStages<ShaperFactory> factories = new RankedStages<>();
  private Optional<ShaperFactory> chosen = Optional.empty();
  private String preferred = "";

  ShaperChoice(Planner planner) {
    this.planner = planner;
  }

  void add(ServiceReference<ShaperFactory> reference, ShaperFactory service) {
    factories.add(reference, service);
  }

  void remove(ServiceReference<ShaperFactory> reference) {
    factories.remove(reference);
  }

  /**
   * Says which strategy is to shape whenever it is there; empty: the one with the highest ranking.
   */
  void prefer(String shaper) {
    preferred = shaper;
    if (!shaper.isEmpty() && factories.best(this::isPreferred).isEmpty()) {
      LOG.warn("event=shaper-not-on-offer shaper={} action=highest-ranking-until-it-comes", shaper);
    }
  }

  /** Offers the planner another shaper if another one is wanted by now. */
  void offerIfAnother(PortModel link) {
    if (!wanted().equals(chosen)) {
      offer(link);
    }
  }

  /** Makes the shaper that is wanted and offers it to the planner. */
  void offer(PortModel link) {
    chosen = wanted();
    ActiveShaper next;
    try {
      next =
          chosen
              .map(f -> ShaperMaker.make(f, planner.frames(), link, planner.effectiveSchedule()))
              .orElseGet(() -> fallback(link));
    } catch (RuntimeException e) {
      LOG.error(
          "event=shaper-not-made shaper={} action=fallback reason=\"{}\"",
          nameOf(chosen.get()),
          e.getMessage());
      next = fallback(link);
    }
    planner.shaper.slot().offer(next);
    LOG.info("event=shaper-in-use shaper={}", next.name());
  }

  /** Returns what is on offer, the one that is chosen first. */
  List<ShaperOffer> offers() {
    Optional<ShaperFactory> wanted = wanted();
    String active = planner.shaper.name();
    List<ShaperOffer> offers = new ArrayList<>();
    factories.forEach(
        (reference, offered) -> {
          String name = nameOf(offered);
          boolean isWanted = wanted.isPresent() && wanted.get() == offered;
          offers.add(
              isWanted ? 0 : offers.size(),
              new ShaperOffer(
                  name,
                  reference.getProperty(Constants.SERVICE_RANKING) instanceof Integer i ? i : 0,
                  RankedStages.bundleOf(reference),
                  isWanted && name.equals(active)));
        });
    return offers;
  }

  private Optional<ShaperFactory> wanted() {
    Optional<ShaperFactory> named =
        preferred.isEmpty() ? Optional.empty() : factories.best(this::isPreferred);
    return named.isPresent() ? named : factories.best();
  }

  private boolean isPreferred(ShaperFactory candidate) {
    return preferred.equals(nameOf(candidate));
  }

  private ActiveShaper fallback(PortModel link) {
    return new ActiveShaper(
        "fallback", new FallbackShaper(planner.frames(), link, planner.effectiveSchedule()), link);
  }

  /** A factory is somebody else's code. */
  private static String nameOf(ShaperFactory factory) {
    try {
      return String.valueOf(factory.name());
    } catch (RuntimeException | Error e) {
      LOG.error("event=shaper-has-no-name class={}", factory.getClass().getName(), e);
      return "unnamed";
    }
  }
}
