package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.Version;

final class RankedStagesTest {
  private final RankedStages<String> stages = new RankedStages<>();

  @Test
  void shouldHaveNoneAtFirst() {
    assertEquals(Optional.empty(), stages.best());
  }

  @Test
  void shouldPreferTheHighestRankingAndThenTheOneThatWasThereFirst() {
    add("later", 0, 9, "b", "1.0.0");
    add("earlier", 0, 3, "a", "1.0.0");
    add("higher", 50, 12, "c", "1.0.0");
    assertEquals(List.of("higher", "earlier", "later"), order());
  }

  @Test
  void shouldPreferANewerVersionOfTheSameBundle() {
    add("tas 1.0", 100, 5, "tas", "1.0.0");
    add("cbs", 100, 6, "cbs", "3.0.0");
    add("tas 1.1", 100, 7, "tas", "1.1.0");
    assertEquals(List.of("tas 1.1", "tas 1.0", "cbs"), order());
    add("tas 0.9, ranked higher", 101, 8, "tas", "0.9.0");
    assertEquals(Optional.of("tas 0.9, ranked higher"), stages.best());
  }

  @Test
  void shouldLookForOneThatPassesATest() {
    add("tas", 100, 5, "tas", "1.0.0");
    add("cbs", 50, 6, "cbs", "1.0.0");
    assertEquals(Optional.of("cbs"), stages.best("cbs"::equals));
    assertEquals(Optional.empty(), stages.best("etf"::equals));
  }

  private List<String> order() {
    List<String> order = new ArrayList<>();
    stages.forEach((reference, service) -> order.add(service));
    return order;
  }

  private void add(String service, int ranking, long id, String bundle, String version) {
    Bundle from =
        proxy(
            Bundle.class,
            (name, argument) ->
                switch (name) {
                  case "getSymbolicName" -> bundle;
                  case "getVersion" -> Version.parseVersion(version);
                  default -> throw new UnsupportedOperationException(name);
                });
    ServiceReference<String> reference =
        reference(
            (name, argument) ->
                switch (name) {
                  case "getProperty" ->
                      argument.equals(Constants.SERVICE_RANKING) ? (Object) ranking : (Object) id;
                  case "getBundle" -> from;
                  case "hashCode" -> service.hashCode();
                  case "equals" -> false;
                  default -> throw new UnsupportedOperationException(name);
                });
    stages.add(reference, service);
  }

  private interface Answers {
    Object answer(String method, Object argument);
  }

  @SuppressWarnings("unchecked") // the proxy is of no generic type
  private static ServiceReference<String> reference(Answers answers) {
    return proxy(ServiceReference.class, answers);
  }

  private static <T> T proxy(Class<T> type, Answers answers) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) ->
                answers.answer(method.getName(), arguments == null ? "" : arguments[0])));
  }
}
