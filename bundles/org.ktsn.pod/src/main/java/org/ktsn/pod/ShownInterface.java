package org.ktsn.pod;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.pod.PodException;

/**
 * An interface as {@code ip -j addr show} tells of it.
 *
 * @param mac its hardware address
 * @param up whether it is up
 * @param addresses its IP addresses with prefix length
 */
record ShownInterface(String mac, boolean up, Set<String> addresses) {
  static ShownInterface parse(String json) {
    try {
      JsonObject shown = JsonParser.parseString(json).getAsJsonArray().get(0).getAsJsonObject();
      boolean up = false;
      for (JsonElement flag : shown.getAsJsonArray("flags")) {
        up |= flag.getAsString().equals("UP");
      }
      Set<String> addresses = new HashSet<>();
      for (JsonElement element : shown.getAsJsonArray("addr_info")) {
        JsonObject address = element.getAsJsonObject();
        addresses.add(
            address.get("local").getAsString() + "/" + address.get("prefixlen").getAsString());
      }
      return new ShownInterface(shown.get("address").getAsString(), up, addresses);
    } catch (RuntimeException e) {
      throw new PodException("what 'ip -j addr show' said makes no sense: " + json, e);
    }
  }

  void addDifferences(Pod pod, List<String> differences) {
    if (!up) {
      differences.add("interface " + pod.interfaceName() + " is down");
    }
    if (!mac.equals(pod.mac().toString())) {
      differences.add(
          "interface " + pod.interfaceName() + " has MAC " + mac + " instead of " + pod.mac());
    }
    for (String address : pod.addresses()) {
      if (!addresses.contains(address)) {
        differences.add("interface " + pod.interfaceName() + " has lost its address " + address);
      }
    }
  }
}
