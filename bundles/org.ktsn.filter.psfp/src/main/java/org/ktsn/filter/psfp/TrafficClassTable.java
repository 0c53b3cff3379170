package org.ktsn.filter.psfp;

import java.util.Map;
import java.util.function.Supplier;
import org.ktsn.api.schedule.PortSchedule;
import org.ktsn.api.schedule.TrafficClasses;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;

/**
 * The node's Traffic Class Table (IEEE 802.1Q-2022 8.6.6), which an internal priority value goes
 * through as any priority does: the key {@code pcp.to.class} of {@code org.ktsn.shaping}. Any
 * thread.
 */
@Component(
    name = "org.ktsn.filter.psfp.classes",
    configurationPid = "org.ktsn.shaping",
    service = TrafficClassTable.class)
public final class TrafficClassTable implements Supplier<TrafficClasses> {
  private static final String KEY = "pcp.to.class";

  private final int count;
  private volatile TrafficClasses classes;

  /** Reads the configuration. */
  @Activate
  public TrafficClassTable(@Reference PortSchedule port, Map<String, Object> configuration) {
    count = port.trafficClasses();
    change(configuration);
  }

  /** Reads the configuration again; a wrong one is the data plane's to refuse. */
  @Modified
  void change(Map<String, Object> configuration) {
    String text = String.valueOf(configuration.getOrDefault(KEY, ""));
    try {
      classes = text.isBlank() ? new TrafficClasses(count) : TrafficClasses.parse(text, count);
    } catch (IllegalArgumentException e) {
      classes = new TrafficClasses(count);
    }
  }

  @Override
  public TrafficClasses get() {
    return classes;
  }
}
