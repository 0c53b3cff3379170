package org.ktsn.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.HashSet;
import java.util.Set;

/** The forms of the specification's answers, field by field (section 5). */
final class ResultForm {
  private static final String MAC = "[0-9a-f]{2}(:[0-9a-f]{2}){5}";
  private static final String ADDRESS = "(\\d{1,3}(\\.\\d{1,3}){3}|[0-9a-f:]*:[0-9a-f:]*)";
  private static final String CIDR = ADDRESS + "/\\d{1,3}";

  private ResultForm() {}

  /** Checks the answer to ADD. */
  static void checkResult(JsonObject result, String version) {
    boolean newest = version.equals("1.1.0");
    boolean old = version.startsWith("0.");
    fields(result, Set.of("cniVersion", "interfaces", "ips"), Set.of("routes", "dns"));
    assertEquals(version, result.get("cniVersion").getAsString());
    JsonArray interfaces = result.getAsJsonArray("interfaces");
    for (JsonElement element : interfaces) {
      JsonObject each = element.getAsJsonObject();
      fields(
          each,
          Set.of("name"),
          newest
              ? Set.of("mac", "mtu", "sandbox", "socketPath", "pciID")
              : Set.of("mac", "sandbox"));
      matches(each, "name", "[^/:\\s]{1,15}");
      matches(each, "mac", MAC);
      matches(each, "sandbox", "/.+");
      matches(each, "socketPath", "/.+");
      if (each.has("mtu")) {
        assertTrue(each.get("mtu").getAsInt() >= 576);
      }
    }
    for (JsonElement element : result.getAsJsonArray("ips")) {
      JsonObject ip = element.getAsJsonObject();
      fields(
          ip,
          old ? Set.of("version", "address") : Set.of("address"),
          Set.of("gateway", "interface"));
      matches(ip, "version", "[46]");
      matches(ip, "address", CIDR);
      matches(ip, "gateway", ADDRESS);
      if (ip.has("interface")) {
        int index = ip.get("interface").getAsInt();
        assertTrue(index >= 0 && index < interfaces.size(), "index " + index);
        assertTrue(interfaces.get(index).getAsJsonObject().has("sandbox"));
      }
    }
    for (JsonElement element : NetworkConfig.array(result, "routes")) {
      JsonObject route = element.getAsJsonObject();
      fields(
          route,
          Set.of("dst"),
          newest ? Set.of("gw", "mtu", "advmss", "priority", "table", "scope") : Set.of("gw"));
      matches(route, "dst", CIDR);
      matches(route, "gw", ADDRESS);
    }
    if (result.has("dns")) {
      fields(
          result.getAsJsonObject("dns"),
          Set.of(),
          Set.of("nameservers", "domain", "search", "options"));
    }
  }

  /** Checks an error. */
  static void checkError(JsonObject error, String version, int code, String says) {
    fields(error, Set.of("cniVersion", "code", "msg"), Set.of("details"));
    assertEquals(version, error.get("cniVersion").getAsString());
    assertEquals(code, error.get("code").getAsInt(), error.toString());
    assertTrue(error.get("msg").getAsString().contains(says), says + " is not in " + error);
    assertFalse(error.get("msg").getAsString().contains("Exception"), error.toString());
  }

  /** Checks the answer to VERSION. */
  static void checkVersions(JsonObject answer, String version) {
    fields(answer, Set.of("cniVersion", "supportedVersions"), Set.of());
    assertEquals(version, answer.get("cniVersion").getAsString());
    assertEquals(
        "[\"0.3.1\",\"0.4.0\",\"1.0.0\",\"1.1.0\"]", answer.get("supportedVersions").toString());
  }

  private static void fields(JsonObject object, Set<String> required, Set<String> optional) {
    assertTrue(object.keySet().containsAll(required), required + " must be in " + object);
    Set<String> others = new HashSet<>(object.keySet());
    others.removeAll(required);
    others.removeAll(optional);
    assertEquals(Set.of(), others, "fields that the version does not have, in " + object);
  }

  private static void matches(JsonObject object, String field, String pattern) {
    if (object.has(field)) {
      String value = object.get(field).getAsString();
      assertTrue(value.matches(pattern), field + " is " + value);
    }
  }
}
