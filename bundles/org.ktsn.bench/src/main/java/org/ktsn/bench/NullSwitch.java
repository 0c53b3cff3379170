package org.ktsn.bench;

import java.util.List;
import java.util.Map;
import org.ktsn.api.binder.SwitchBinder;
import org.ktsn.api.binder.SwitchStatus;
import org.ktsn.api.pod.MacAddress;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;

/**
 * No switch, where the node has none: the pods' interfaces lead nowhere, as the {@link NullPort}
 * does. It is there as long as that is.
 */
@Component(
    configurationPid = NullPort.PID,
    configurationPolicy = ConfigurationPolicy.REQUIRE,
    property = "service.ranking:Integer=1000")
public final class NullSwitch implements SwitchBinder {
  private static final String BRIDGE = "none";

  @Override
  public String bridge() {
    return BRIDGE;
  }

  @Override
  public void addPodPort(String interfaceName, MacAddress mac, List<String> addresses) {}

  @Override
  public void removePodPort(String interfaceName) {}

  @Override
  public void pin(MacAddress mac, String interfaceName) {}

  @Override
  public void unpin(MacAddress mac) {}

  @Override
  public SwitchStatus status() {
    return new SwitchStatus(true, "none", BRIDGE, List.of());
  }

  @Override
  public Map<String, Long> droppedFrames() {
    return Map.of();
  }
}
