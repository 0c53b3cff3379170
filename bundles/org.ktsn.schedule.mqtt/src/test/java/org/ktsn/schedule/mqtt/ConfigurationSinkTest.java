package org.ktsn.schedule.mqtt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.ktsn.mqtt.protocol.PortSettings;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;

@SuppressWarnings("JdkObsolete") // the API asks for dictionaries
class ConfigurationSinkTest {
  private static final String SHAPING = "org.ktsn.shaping";
  private static final String RATE = "link.rate.bits.per.second";

  private final Map<String, Hashtable<String, Object>> stored = new HashMap<>();
  private final ConfigurationSink sink = new ConfigurationSink(admin());
  private int updates;
  private String broken = "";

  private ConfigurationAdmin admin() {
    return proxy(
        ConfigurationAdmin.class, (name, arguments) -> configuration((String) arguments[0]));
  }

  private Configuration configuration(String pid) {
    return proxy(
        Configuration.class,
        (name, arguments) -> {
          if (name.equals("getProperties")) {
            return stored.containsKey(pid) ? new Hashtable<>(stored.get(pid)) : null;
          }
          if (pid.equals(broken)) {
            throw new IOException("no room");
          }
          updates++;
          Hashtable<String, Object> copy = new Hashtable<>();
          Dictionary<?, ?> given = (Dictionary<?, ?>) arguments[0];
          given.keys().asIterator().forEachRemaining(key -> copy.put((String) key, given.get(key)));
          stored.put(pid, copy);
          return null;
        });
  }

  private interface Call {
    Object of(String name, Object[] arguments) throws Exception;
  }

  private static <T> T proxy(Class<T> type, Call call) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> call.of(method.getName(), arguments)));
  }

  private static PortSettings rate(long rate) {
    return new PortSettings(
        Optional.empty(),
        Optional.empty(),
        OptionalLong.of(rate),
        OptionalInt.empty(),
        Optional.empty());
  }

  private Object value(String pid, String key) {
    return stored.getOrDefault(pid, new Hashtable<>()).get(key);
  }

  @Test
  void shouldWriteEachSettingWhereItsComponentReadsIt() {
    sink.apply(
        new PortSettings(
            Optional.of("cbs"),
            Optional.of(List.of(1, 0, 2, 3, 4, 5, 6, 7)),
            OptionalLong.of(100),
            OptionalInt.of(50),
            Optional.of(new TreeMap<>(Map.of(7, 20L, 6, 10L)))));
    assertEquals("cbs", value(SHAPING, "shaper"));
    assertEquals("1,0,2,3,4,5,6,7", value(SHAPING, "pcp.to.class"));
    assertEquals(100L, value(SHAPING, RATE));
    assertEquals(50, value(SHAPING, "link.overhead.octets"));
    assertEquals("6=10,7=20", value("org.ktsn.shaper.cbs", "idle.slopes"));
  }

  @Test
  void shouldLeaveOtherKeysAloneAndGiveTheNodesOwnValueBack() {
    stored.put(SHAPING, new Hashtable<>(Map.of("name", "k0", RATE, "1000")));
    sink.apply(rate(100));
    sink.apply(rate(200));
    assertEquals(200L, value(SHAPING, RATE));
    assertEquals("k0", value(SHAPING, "name"));
    sink.apply(PortSettings.NONE);
    assertEquals("1000", value(SHAPING, RATE));
    stored.remove(SHAPING);
    sink.apply(rate(300));
    sink.apply(PortSettings.NONE);
    assertEquals(null, value(SHAPING, RATE));
  }

  @Test
  void shouldChangeNothingIfNothingChanges() {
    stored.put(SHAPING, new Hashtable<>(Map.of(RATE, "100")));
    sink.apply(rate(100));
    sink.apply(rate(100));
    sink.changed(SHAPING);
    assertEquals(0, updates);
    sink.apply(PortSettings.NONE);
    assertEquals("100", value(SHAPING, RATE));
  }

  @Test
  void shouldPrevailOverAFileThatIsReadLater() {
    sink.apply(rate(100));
    stored.put(SHAPING, new Hashtable<>(Map.of(RATE, "1000", "name", "k1")));
    sink.changed(SHAPING);
    assertEquals(100L, value(SHAPING, RATE));
    assertEquals("k1", value(SHAPING, "name"));
    sink.changed("org.ktsn.other");
    assertEquals(2, updates);
  }

  @Test
  void shouldPutEverythingBackIfSomethingFails() {
    sink.apply(rate(100));
    broken = "org.ktsn.shaper.cbs";
    PortSettings more =
        new PortSettings(
            Optional.empty(),
            Optional.empty(),
            OptionalLong.of(200),
            OptionalInt.empty(),
            Optional.of(new TreeMap<>(Map.of(7, 20L))));
    assertThrows(UncheckedIOException.class, () -> sink.apply(more));
    assertEquals(100L, value(SHAPING, RATE));
  }
}
