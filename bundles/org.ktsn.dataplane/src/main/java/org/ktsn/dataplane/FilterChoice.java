package org.ktsn.dataplane;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.ktsn.api.filter.FilterFactory;
import org.ktsn.api.filter.FilterSite;
import org.ktsn.api.filter.StatusTable;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.stats.FilterStatus;
import org.osgi.framework.ServiceReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which filters stand on the frames' way: of each name the one with the highest ranking, in their
 * order. Control threads, one at a time.
 */
final class FilterChoice {
  private static final Logger LOG = LoggerFactory.getLogger(FilterChoice.class);

  /** What came of a factory: a filter, or the sentence why there is none. */
  private record Made(Optional<FilterStep> step, String problem) {
    Made(FilterStep step) {
      this(Optional.of(step), "");
    }

    Made(String problem) {
      this(Optional.empty(), problem);
    }

    /** Returns why it is not at work; empty if it is. */
    String whyNot() {
      String failure = step.map(FilterStep::problem).orElse(problem);
      return failure.isEmpty() ? "" : failure + "; deploy its bundle anew once it is mended";
    }
  }

  /** A factory that is the best of its name. */
  private record Wanted(
      String name, int order, ServiceReference<FilterFactory> reference, FilterFactory factory) {}

  private final Planner planner;
  private final int largestFrameOctets;
  private final RankedStages<FilterFactory> factories = new RankedStages<>();
  private final IdentityHashMap<FilterFactory, String> names = new IdentityHashMap<>();
  private final IdentityHashMap<FilterFactory, Made> made = new IdentityHashMap<>();
  private List<FilterStep> offered = List.of();

  FilterChoice(Planner planner, int largestFrameOctets) {
    this.planner = planner;
    this.largestFrameOctets = largestFrameOctets;
  }

  /** A factory comes. */
  void add(ServiceReference<FilterFactory> reference, FilterFactory factory, PortModel link) {
    factories.add(reference, factory);
    askForName(factory);
    offer(link);
  }

  /** A factory's ranking or order may be another one; what failed is tried anew. */
  void updated(FilterFactory factory, PortModel link) {
    if (made.containsKey(factory) && !made.get(factory).whyNot().isEmpty()) {
      made.remove(factory);
      askForName(factory);
    }
    offer(link);
  }

  private void askForName(FilterFactory factory) {
    String className = factory.getClass().getName();
    try {
      names.put(factory, FilterMaker.nameOf(factory));
    } catch (IllegalStateException e) {
      names.put(factory, className);
      made.put(factory, new Made("it has no name: " + e.getMessage()));
      LOG.error(
          "event=filter-has-no-name class={} action=none reason=\"{}\"", className, e.getMessage());
    }
  }

  /** A factory goes: the planner has left its filter when this returns. */
  void remove(ServiceReference<FilterFactory> reference, FilterFactory factory, PortModel link) {
    factories.remove(reference);
    made.remove(factory);
    names.remove(factory);
    offer(link);
  }

  /** Returns the filters in their order, and those that are not at work. */
  List<FilterStatus> status() {
    List<FilterStatus> all = new ArrayList<>();
    for (Wanted wanted : wanted()) {
      Made present = made.getOrDefault(wanted.factory(), new Made("it is not taken up yet"));
      List<StatusTable> tables = present.step().map(this::tables).orElse(List.of());
      all.add(
          new FilterStatus(
              wanted.name(),
              wanted.order(),
              RankedStages.bundleOf(wanted.reference()),
              present.whyNot(), // asking may be what it failed at
              tables));
    }
    return all;
  }

  private List<StatusTable> tables(FilterStep step) {
    try {
      return planner.mailbox.call(() -> planner.filters.status(step));
    } catch (IllegalStateException e) {
      LOG.warn("event=filter-status-missing filter={} reason=\"{}\"", step.name(), e.getMessage());
      return List.of();
    }
  }

  /** Offers the planner another row of filters if another one is wanted by now. */
  private void offer(PortModel link) {
    List<FilterStep> steps = new ArrayList<>();
    List<Wanted> all = wanted();
    made.keySet().removeIf(factory -> all.stream().noneMatch(one -> one.factory() == factory));
    for (Wanted wanted : all) {
      made.computeIfAbsent(wanted.factory(), absent -> make(wanted, link))
          .step()
          .ifPresent(steps::add);
    }
    if (!steps.equals(offered)) {
      planner.filters.slot().offer(new FilterRow(steps));
      List<FilterStep> left = offered.stream().filter(step -> !steps.contains(step)).toList();
      offered = steps;
      left.forEach(FilterMaker::close);
      LOG.info("event=filters-in-use filters={}", steps.stream().map(FilterStep::name).toList());
    }
  }

  private Made make(Wanted wanted, PortModel link) {
    try {
      FilterSite site =
          new FilterSite(
              planner.frames().capacity(), largestFrameOctets, link, planner.effectiveSchedule());
      return new Made(FilterMaker.make(planner.filters, wanted.name(), wanted.factory(), site));
    } catch (IllegalStateException e) {
      LOG.error(
          "event=filter-not-made filter={} action=none reason=\"{}\"",
          wanted.name(),
          e.getMessage());
      return new Made("it could not be made: " + e.getMessage());
    }
  }

  private List<Wanted> wanted() {
    Set<String> seen = new HashSet<>();
    List<Wanted> wanted = new ArrayList<>();
    factories.forEach(
        (reference, factory) -> {
          String name = names.get(factory);
          if (seen.add(name)) {
            wanted.add(new Wanted(name, order(reference), reference, factory));
          }
        });
    wanted.sort(Comparator.comparingInt(Wanted::order).thenComparing(Wanted::name));
    return wanted;
  }

  private static int order(ServiceReference<FilterFactory> reference) {
    return reference.getProperty(FilterFactory.ORDER) instanceof Integer given
        ? given
        : FilterFactory.DEFAULT_ORDER;
  }
}
