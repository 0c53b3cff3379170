package org.ktsn.pod;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.ArrayList;
import java.util.List;
import org.ktsn.api.pod.PodAssignment;
import org.ktsn.api.pod.PodException;

/**
 * A route as {@code ip -N -j route show table TABLE exact DESTINATION} tells of it.
 *
 * @param device its interface
 * @param gateway its next hop, empty if it has none
 * @param metric its priority
 * @param mtuOctets its MTU, 0 if it has none of its own
 * @param advMssOctets its announced segment size, 0 if it has none of its own
 * @param scope how far away the destination is
 */
record ShownRoute(
    String device, String gateway, long metric, int mtuOctets, int advMssOctets, int scope) {
  private static final long RT_TABLE_MAIN = 254;

  /** What an IPv6 route has that is given no metric. */
  private static final long IPV6_METRIC = 1024;

  /** What the kernel should show of a route that was made. */
  static ShownRoute of(PodAssignment.Route route, String device) {
    boolean ipv6 = HostAddress.parse(route.destination()).isIpv6();
    int usualScope = route.gateway().isEmpty() ? PodAssignment.Route.SCOPE_LINK : 0;
    String gateway = route.gateway();
    return new ShownRoute(
        device,
        gateway.isEmpty() ? "" : HostAddress.text(HostAddress.parseAddress(gateway)),
        ipv6 && route.priority() == 0 ? IPV6_METRIC : route.priority(),
        route.mtuOctets(),
        route.advMssOctets(),
        ipv6 ? 0 : route.scope().orElse(usualScope)); // IPv6 routes have none
  }

  /** The table that the kernel puts a route into. */
  static String table(PodAssignment.Route route) {
    long table = route.table().orElse(0);
    return String.valueOf(table == 0 ? RT_TABLE_MAIN : table);
  }

  static List<ShownRoute> parse(String json) {
    List<ShownRoute> routes = new ArrayList<>();
    try {
      for (JsonElement element : JsonParser.parseString(json).getAsJsonArray()) {
        routes.add(parse(element.getAsJsonObject()));
      }
      return routes;
    } catch (RuntimeException e) {
      throw new PodException("what 'ip -j route show' said makes no sense: " + json, e);
    }
  }

  private static ShownRoute parse(JsonObject route) {
    JsonArray metrics = route.has("metrics") ? route.getAsJsonArray("metrics") : new JsonArray();
    JsonObject own = metrics.isEmpty() ? new JsonObject() : metrics.get(0).getAsJsonObject();
    return new ShownRoute(
        route.has("dev") ? route.get("dev").getAsString() : "",
        route.has("gateway") ? route.get("gateway").getAsString() : "",
        route.has("metric") ? route.get("metric").getAsLong() : 0,
        own.has("mtu") ? own.get("mtu").getAsInt() : 0,
        own.has("advmss") ? own.get("advmss").getAsInt() : 0,
        route.has("scope") ? route.get("scope").getAsInt() : 0);
  }
}
