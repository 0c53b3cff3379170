package org.ktsn.bench;

import java.util.ArrayList;
import java.util.Dictionary;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.ktsn.api.frame.Frames;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.shaper.Shaper;
import org.ktsn.api.shaper.ShaperFactory;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * {@code ktsn:swap-storm}: swaps the shaper again and again by its {@code service.ranking}, so that
 * one can measure whether frames notice (they must not). TAS and CBS are offered once more, far
 * above all others, and by turns one of the two is ranked higher. Returns when it is over; the
 * shaper is the one that it was then.
 */
@Component(
    service = Function.class,
    property = {
      "osgi.command.scope=ktsn",
      "osgi.command.function=swap-storm",
      "ktsn.usage=" + SwapStormCommand.USAGE,
      "ktsn.description=swaps two shapers by their ranking"
    })
public final class SwapStormCommand implements Function {
  static final String USAGE = "swap-storm COUNT EVERY_US";
  private static final String FIRST = "tas";
  private static final String SECOND = "cbs";
  private static final int MIDDLE_RANKING = 1_000_000;

  private final BundleContext context;

  /** Looks for shapers in the whole framework. */
  @Activate
  public SwapStormCommand(BundleContext context) {
    this.context = context;
  }

  @Override
  public Object execute(CommandSession session, List<Object> arguments) {
    Operands given = Operands.of(USAGE, arguments);
    int count = given.number(0, "COUNT", 1, 1_000_000);
    long everyNs = 1_000L * given.number(1, "EVERY_US", 0, 10_000_000);
    long begin = System.nanoTime();
    ServiceReference<ShaperFactory> first = named(FIRST);
    ServiceReference<ShaperFactory> second = named(SECOND);
    try {
      swap(context.getService(first), context.getService(second), count, everyNs);
    } finally {
      context.ungetService(first);
      context.ungetService(second);
    }
    long tookMs = (System.nanoTime() - begin) / 1_000_000;
    return count + " swaps in " + tookMs + " ms\n";
  }

  private void swap(ShaperFactory first, ShaperFactory second, int count, long everyNs) {
    ServiceRegistration<ShaperFactory> middle =
        context.registerService(ShaperFactory.class, new Again(first), ranked(MIDDLE_RANKING));
    try {
      ServiceRegistration<ShaperFactory> moving =
          context.registerService(
              ShaperFactory.class, new Again(second), ranked(MIDDLE_RANKING - 1));
      try {
        long next = System.nanoTime();
        for (int i = 0; i < count; i++) {
          // The ranking's event is delivered before the call returns: so is the swap.
          moving.setProperties(ranked(i % 2 == 0 ? MIDDLE_RANKING + 1 : MIDDLE_RANKING - 1));
          next += everyNs;
          for (long rest = next - System.nanoTime(); rest > 0; rest = next - System.nanoTime()) {
            LockSupport.parkNanos(rest);
          }
        }
      } finally {
        moving.unregister();
      }
    } finally {
      middle.unregister();
    }
  }

  private static Dictionary<String, Object> ranked(int ranking) {
    return FrameworkUtil.asDictionary(Map.of(Constants.SERVICE_RANKING, ranking));
  }

  private ServiceReference<ShaperFactory> named(String name) {
    List<String> names = new ArrayList<>();
    for (ServiceReference<ShaperFactory> reference : references()) {
      ShaperFactory factory = context.getService(reference);
      String here = factory == null ? "one that is leaving" : factory.name();
      context.ungetService(reference);
      if (here.equals(name)) {
        return reference;
      }
      names.add(here);
    }
    throw new IllegalStateException(
        "no shaper is called '" + name + "'; on offer are " + String.join(", ", names));
  }

  private Iterable<ServiceReference<ShaperFactory>> references() {
    try {
      return context.getServiceReferences(ShaperFactory.class, null);
    } catch (InvalidSyntaxException e) {
      throw new IllegalStateException(e); // there is no filter to be wrong
    }
  }

  /** A factory that is offered once more. */
  private record Again(ShaperFactory factory) implements ShaperFactory {
    @Override
    public String name() {
      return factory.name();
    }

    @Override
    public Shaper create(Frames frames, PortModel port, GateSchedule schedule) {
      return factory.create(frames, port, schedule);
    }
  }
}
