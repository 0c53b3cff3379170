package org.ktsn.schedule.mqtt;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.ktsn.mqtt.protocol.PortSettings;

/** Where each setting stands in Configuration Admin. */
final class SettingKeys {
  private static final String SHAPING = "org.ktsn.shaping";
  private static final String CREDIT_BASED_SHAPER = "org.ktsn.shaper.cbs";

  private SettingKeys() {}

  /** Returns the settings' keys and values by PID. */
  static Map<String, Map<String, Object>> of(PortSettings settings) {
    Map<String, Map<String, Object>> byPid = new HashMap<>();
    settings.shaper().ifPresent(name -> put(byPid, SHAPING, "shaper", name));
    settings
        .pcpToClass()
        .ifPresent(classes -> put(byPid, SHAPING, "pcp.to.class", joined(classes)));
    settings
        .rateBitsPerSecond()
        .ifPresent(rate -> put(byPid, SHAPING, "link.rate.bits.per.second", rate));
    settings
        .overheadOctets()
        .ifPresent(octets -> put(byPid, SHAPING, "link.overhead.octets", octets));
    settings
        .idleSlopes()
        .ifPresent(
            slopes -> put(byPid, CREDIT_BASED_SHAPER, "idle.slopes", joined(slopes.entrySet())));
    return byPid;
  }

  private static void put(
      Map<String, Map<String, Object>> byPid, String pid, String key, Object value) {
    byPid.computeIfAbsent(pid, name -> new HashMap<>()).put(key, value);
  }

  /** An entry of a map prints as {@code key=value}. */
  private static String joined(Collection<?> values) {
    return values.stream().map(String::valueOf).collect(Collectors.joining(","));
  }
}
