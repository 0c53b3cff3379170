package org.ktsn.bench;

import java.util.Dictionary;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.ktsn.api.filter.Filter;
import org.ktsn.api.filter.FilterFactory;
import org.ktsn.api.filter.FilterSite;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * {@code ktsn:filter-storm}: puts a filter on the frames' way that looks at all of them, and swaps
 * it again and again for another one of its name, by their {@code service.ranking}. Returns when it
 * is over, and says how many were made; the filter is gone then.
 */
@Component(
    service = Function.class,
    property = {
      "osgi.command.scope=ktsn",
      "osgi.command.function=filter-storm",
      "ktsn.usage=" + FilterStormCommand.USAGE,
      "ktsn.description=swaps two filters of one name by their ranking"
    })
public final class FilterStormCommand implements Function {
  static final String USAGE = "filter-storm COUNT EVERY_US";

  private final BundleContext context;

  /** Offers filters to the whole framework. */
  @Activate
  public FilterStormCommand(BundleContext context) {
    this.context = context;
  }

  @Override
  public Object execute(CommandSession session, List<Object> arguments) {
    Operands given = Operands.of(USAGE, arguments);
    int count = given.number(0, "COUNT", 1, 1_000_000);
    long everyNs = 1_000L * given.number(1, "EVERY_US", 0, 10_000_000);
    AtomicLong made = new AtomicLong();
    AtomicLong complaints = new AtomicLong();
    ServiceRegistration<FilterFactory> middle =
        context.registerService(FilterFactory.class, new Looking(made, complaints), ranked(1));
    try {
      ServiceRegistration<FilterFactory> moving =
          context.registerService(FilterFactory.class, new Looking(made, complaints), ranked(0));
      try {
        swap(moving, count, everyNs);
      } finally {
        moving.unregister();
      }
    } finally {
      middle.unregister();
    }
    if (complaints.get() > 0) {
      throw new IllegalStateException(
          complaints.get() + " filters were told of frames what can't be; KTSNd's log has which");
    }
    return count + " swaps, " + made.get() + " filters made\n";
  }

  private static void swap(ServiceRegistration<FilterFactory> moving, int count, long everyNs) {
    long next = System.nanoTime();
    for (int i = 0; i < count; i++) {
      // The ranking's event is delivered before the call returns: so is the swap.
      moving.setProperties(ranked(i % 2 == 0 ? 2 : 0));
      next += everyNs;
      for (long rest = next - System.nanoTime(); rest > 0; rest = next - System.nanoTime()) {
        LockSupport.parkNanos(rest);
      }
    }
  }

  private static Dictionary<String, Object> ranked(int ranking) {
    return FrameworkUtil.asDictionary(Map.of(Constants.SERVICE_RANKING, ranking));
  }

  /** Makes filters that look at every frame, wherever one can. */
  private record Looking(AtomicLong made, AtomicLong complaints) implements FilterFactory {
    @Override
    public String name() {
      return "storm";
    }

    @Override
    public Filter create(FilterSite site) {
      made.incrementAndGet();
      return new LookingFilter(site.frameCapacity(), complaints);
    }
  }
}
