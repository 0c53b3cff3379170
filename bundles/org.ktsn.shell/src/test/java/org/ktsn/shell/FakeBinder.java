package org.ktsn.shell;

import java.util.List;
import java.util.Map;
import org.ktsn.api.binder.SwitchBinder;
import org.ktsn.api.binder.SwitchProgram;
import org.ktsn.api.binder.SwitchStatus;
import org.ktsn.api.pod.MacAddress;

/** A switch that has dropped a little. */
record FakeBinder(SwitchStatus status, SwitchProgram program) implements SwitchBinder {
  /** One that nothing is programmed on. */
  FakeBinder(SwitchStatus status) {
    this(status, SwitchProgram.NONE);
  }

  @Override
  public String bridge() {
    return status.bridge();
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
  public Map<String, Long> droppedFrames() {
    return Map.of("v0-ktsn", 7L);
  }
}
