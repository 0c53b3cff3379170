package org.ktsn.cni;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
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
      assigned.add(NetworkConfig.string(object(ip), "address").orElse(""));
    }
    return assigned;
  }

  /**
   * The routes; one without a gateway of its own has that of the first address of its family, as is
   * usual, unless its scope says that its destination is on the link.
   */
  List<PodAssignment.Route> assignedRoutes() {
    List<PodAssignment.Route> assigned = new ArrayList<>();
    for (JsonElement element : routes) {
      JsonObject route = object(element);
      assigned.add(route(route, usualGateway(NetworkConfig.string(route, "dst").orElse(""))));
    }
    return assigned;
  }

  private String usualGateway(String destination) {
    for (JsonElement ip : ips) {
      String address = NetworkConfig.string(object(ip), "address").orElse("");
      if (isIpv6(address) == isIpv6(destination)) {
        return NetworkConfig.string(object(ip), "gateway").orElse("");
      }
    }
    return "";
  }

  /** Tells whether an address, with or without prefix length, is written as one of IPv6. */
  static boolean isIpv6(String address) {
    return address.indexOf(':') >= 0;
  }

  private static PodAssignment.Route route(JsonObject route, String usualGateway) {
    OptionalLong scope = number(route, "scope");
    boolean isBehindGateway = scope.orElse(0) < PodAssignment.Route.SCOPE_LINK;
    try {
      return new PodAssignment.Route(
          NetworkConfig.string(route, "dst").orElse(""),
          NetworkConfig.string(route, "gw")
              .filter(gateway -> !gateway.isEmpty())
              .orElse(isBehindGateway ? usualGateway : ""),
          number(route, "table"),
          number(route, "priority").orElse(0),
          Math.toIntExact(number(route, "mtu").orElse(0)),
          Math.toIntExact(number(route, "advmss").orElse(0)),
          scope.isPresent()
              ? OptionalInt.of(Math.toIntExact(scope.getAsLong()))
              : OptionalInt.empty());
    } catch (ArithmeticException e) {
      throw new CniException(
          CniCode.ADDRESSES,
          "the address manager gave the route "
              + route
              + " with a number that is too large; take it out",
          e);
    } catch (IllegalArgumentException e) {
      throw new CniException(
          CniCode.ADDRESSES, "the address manager's result: " + e.getMessage(), e);
    }
  }

  /** A whole number; empty if there is none. */
  private static OptionalLong number(JsonObject route, String key) {
    JsonElement value = route.get(key);
    if (value == null || value.isJsonNull()) {
      return OptionalLong.empty();
    }
    try {
      if (value.getAsJsonPrimitive().isNumber()) {
        return OptionalLong.of(value.getAsBigDecimal().longValueExact());
      }
    } catch (IllegalStateException | ArithmeticException | NumberFormatException e) {
      // It is said below.
    }
    throw new CniException(
        CniCode.ADDRESSES,
        "the address manager gave the route to "
            + NetworkConfig.string(route, "dst").orElse("nowhere")
            + " with '"
            + key
            + "' "
            + value
            + "; give a whole number, or leave it out");
  }

  private static JsonObject object(JsonElement element) {
    if (!element.isJsonObject()) {
      throw new CniException(
          CniCode.ADDRESSES, "the address manager's result has " + element + " for an object");
    }
    return element.getAsJsonObject();
  }
}
