package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.Proxy;
import java.util.Map;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.shaper.ShaperFactory;
import org.ktsn.shaper.cbs.CbsShaperFactory;
import org.ktsn.shaper.tas.TasShaperFactory;

/** The shapers that heed gates, as the planner gets them: ours, and its own fallback. */
enum EveryShaper {
  FALLBACK,
  TAS,
  CBS;

  private ShaperFactory factory() {
    return switch (this) {
      case FALLBACK -> new FallbackShaperContractTest.FallbackFactory();
      case TAS -> new TasShaperFactory(settings(TasShaperFactory.Configuration.class, Map.of()));
      case CBS -> credits("");
    };
  }

  /** Credits with idle slopes, as {@code idle.slopes} has them. */
  static CbsShaperFactory credits(String idleSlopes) {
    return new CbsShaperFactory(
        settings(CbsShaperFactory.Configuration.class, Map.of("idle_slopes", idleSlopes)));
  }

  private static <C> C settings(Class<C> configuration, Map<String, Object> given) {
    return configuration.cast(
        Proxy.newProxyInstance(
            configuration.getClassLoader(),
            new Class<?>[] {configuration},
            (self, method, arguments) ->
                given.getOrDefault(method.getName(), method.getDefaultValue())));
  }

  /** Puts one to work, for the link that the planner has. */
  void work(CrankedPlanner crank) {
    work(crank, CrankedPlanner.LINK);
  }

  /** Puts one to work on such a link. */
  void work(CrankedPlanner crank, PortModel link) {
    work(crank, factory(), link);
  }

  static void work(CrankedPlanner crank, ShaperFactory factory, PortModel link) {
    crank.offer(
        new ActiveShaper(
            factory.name(),
            factory.create(crank.planner.frames(), link, crank.planner.effectiveSchedule()),
            link));
    crank.offer(CrankedPlanner.port(link));
    crank.settle();
    assertEquals(factory.name(), crank.planner.shaper.name());
  }
}
