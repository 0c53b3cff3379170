package org.ktsn.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.osgi.framework.FrameworkUtil;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;

class ConfigCommandTest {
  private static final String PID = "org.ktsn.some";

  private Dictionary<?, ?> properties =
      FrameworkUtil.asDictionary(Map.of("kept", "1", "service.pid", PID));

  @Test
  void shouldSetKeysAndLeaveTheOthers() throws IOException {
    assertEquals(Map.of("kept", "1", "a.ns", "5 = x"), values(PID, "a.ns=5 = x"));
  }

  @Test
  void shouldTakeAKeyAwaySoThatItsDefaultCounts() throws IOException {
    values(PID, "a.ns=5", "b-c=6");
    assertEquals(Map.of("kept", "1"), values(PID, "a.ns-", "b-c-"));
    assertEquals(Map.of("kept", "1"), values(PID, "never.was-"));
  }

  @Test
  void shouldKeepAValueThatEndsWithADash() throws IOException {
    assertEquals(Map.of("kept", "-"), values(PID, "kept=-"));
  }

  @Test
  void shouldRefuseWhatIsNoPair() {
    for (String word : List.of("key", "-", "=5")) {
      String message = assertThrows(CommandException.class, () -> values(PID, word)).getMessage();
      assertEquals(
          "'"
              + word
              + "' is neither KEY=VALUE nor KEY-; for instance: ktsn:config org.ktsn.shaping"
              + " shaper=cbs",
          message);
    }
    assertEquals("1", properties.get("kept"));
  }

  @Test
  void shouldSetNothingThatTheComponentDoesNotAllow() {
    String message =
        assertThrows(CommandException.class, () -> values(PID, "a.ns=5", "wrong=x")).getMessage();

    assertEquals(PID + ": there is no key 'wrong'; remove it", message);
    assertEquals(Map.of("kept", "1", "service.pid", PID), FrameworkUtil.asMap(properties));
  }

  private static Map<String, Object> check(String pid, Map<String, Object> given) {
    if (given.containsKey("wrong")) {
      throw new IllegalArgumentException("there is no key 'wrong'; remove it");
    }
    return given;
  }

  private Map<String, String> values(String... words) throws IOException {
    List<Object> arguments = new ArrayList<>(List.of((Object[]) words));
    arguments.add("--json");
    Object answer = new ConfigCommand(admin(), ConfigCommandTest::check).execute(null, arguments);
    JsonObject keys = JsonParser.parseString(answer.toString()).getAsJsonObject();
    Map<String, String> values = new HashMap<>();
    keys.getAsJsonObject(PID).asMap().forEach((key, value) -> values.put(key, value.getAsString()));
    return values;
  }

  private ConfigurationAdmin admin() {
    Object configuration =
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {Configuration.class},
            (self, method, given) ->
                switch (method.getName()) {
                  case "getProperties" -> properties;
                  case "update" -> {
                    properties = (Dictionary<?, ?>) given[0];
                    yield null;
                  }
                  default -> throw new UnsupportedOperationException(method.getName());
                });
    return (ConfigurationAdmin)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {ConfigurationAdmin.class},
            (self, method, given) -> {
              assertEquals("getConfiguration", method.getName());
              assertEquals(PID, given[0]);
              return configuration;
            });
  }
}
