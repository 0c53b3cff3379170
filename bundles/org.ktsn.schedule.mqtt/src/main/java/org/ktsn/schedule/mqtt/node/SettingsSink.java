package org.ktsn.schedule.mqtt.node;

import org.ktsn.mqtt.protocol.PortSettings;

/** Brings settings about. */
@FunctionalInterface
public interface SettingsSink {
  /**
   * Brings settings about; what they leave out gets back the node's own value.
   *
   * @throws java.io.UncheckedIOException if that is not possible; nothing has changed then
   */
  void apply(PortSettings settings);
}
