package org.ktsn.clock.ptp;

import java.lang.reflect.Proxy;
import java.util.Map;

/** The component's configuration with some values set; the others have their defaults. */
final class Configs {
  private Configs() {}

  static PtpMonitorComponent.Config of(Map<String, Object> values) {
    return (PtpMonitorComponent.Config)
        Proxy.newProxyInstance(
            Configs.class.getClassLoader(),
            new Class<?>[] {PtpMonitorComponent.Config.class},
            (proxy, method, arguments) ->
                values.getOrDefault(method.getName(), method.getDefaultValue()));
  }
}
