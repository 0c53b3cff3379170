package org.ktsn.launcher;

import java.util.List;
import java.util.Map;

/**
 * What the features add up to.
 *
 * @param bundles the bundles, each once, in the order in which they are installed
 * @param configurations the configurations by PID; that of a factory is {@code FACTORY~NAME}
 * @param services the interfaces of the services that the features promise
 * @param passedOver what the features say and KTSN does not heed, a sentence each
 */
record BundlePlan(
    List<PlannedBundle> bundles,
    Map<String, Map<String, Object>> configurations,
    List<String> services,
    List<String> passedOver) {
  BundlePlan {
    bundles = List.copyOf(bundles);
    configurations = Map.copyOf(configurations);
    services = List.copyOf(services);
    passedOver = List.copyOf(passedOver);
  }

  /**
   * A bundle to install.
   *
   * @param coordinates which one
   * @param startLevel at which start level of the framework it is started
   * @param feature the first feature that names it
   */
  record PlannedBundle(Coordinates coordinates, int startLevel, String feature) {}
}
