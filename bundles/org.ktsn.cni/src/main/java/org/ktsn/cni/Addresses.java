package org.ktsn.cni;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.ktsn.api.pod.PodAssignment;

/**
 * What an address manager's result says.
 *
 * @param ips its {@code ips}
 * @param routes its {@code routes}
 * @param dns its {@code dns}, may be empty
 */
record Addresses(JsonArray ips, JsonArray routes, JsonObject dns) {
  static Addresses of(JsonObject result) {
    Addresses addresses =
        new Addresses(
            NetworkConfig.array(result, "ips"),
            NetworkConfig.array(result, "routes"),
            NetworkConfig.object(result, "dns").orElseGet(JsonObject::new));
    if (addresses.ips.isEmpty()) {
      throw new CniException(
          CniCode.ADDRESSES, "the address manager gave no address; check its ranges");
    }
    return addresses;
  }

  /** The addresses with prefix length. */
  List<String> assigned() {
    List<String> assigned = new ArrayList<>();
    for (JsonElement ip : ips) {
      String address = NetworkConfig.string(object(ip), "address").orElse("");
      if (address.indexOf(':') >= 0) {
        throw new CniException(
            CniCode.ADDRESSES,
            "the address manager gave "
                + address
                + ", and the time-sensitive network is IPv4 only; take IPv6 out of its ranges");
      }
      assigned.add(address);
    }
    return assigned;
  }

  /** The routes; one without a gateway of its own has the first address's, as is usual. */
  List<PodAssignment.Route> assignedRoutes() {
    String usual = NetworkConfig.string(object(ips.get(0)), "gateway").orElse("");
    List<PodAssignment.Route> assigned = new ArrayList<>();
    for (JsonElement element : routes) {
      JsonObject route = object(element);
      assigned.add(
          new PodAssignment.Route(
              NetworkConfig.string(route, "dst").orElse(""),
              NetworkConfig.string(route, "gw").orElse(usual)));
    }
    return assigned;
  }

  private static JsonObject object(JsonElement element) {
    if (!element.isJsonObject()) {
      throw new CniException(
          CniCode.ADDRESSES, "the address manager's result has " + element + " for an object");
    }
    return element.getAsJsonObject();
  }
}
