package org.ktsn.dataplane;

import java.lang.reflect.Proxy;
import java.util.Map;
import org.osgi.framework.ServiceReference;

/** References to services of which nothing but the properties counts; those may change. */
final class FakeReference {
  private FakeReference() {}

  @SuppressWarnings("unchecked") // the proxy is of no generic type
  static <S> ServiceReference<S> of(Map<String, Object> properties) {
    return (ServiceReference<S>)
        Proxy.newProxyInstance(
            ServiceReference.class.getClassLoader(),
            new Class<?>[] {ServiceReference.class},
            (self, method, arguments) ->
                switch (method.getName()) {
                  case "getProperty" -> properties.get((String) arguments[0]);
                  case "getBundle" -> null;
                  case "hashCode" -> System.identityHashCode(self);
                  case "equals" -> self == arguments[0];
                  default -> throw new UnsupportedOperationException(method.getName());
                });
  }
}
