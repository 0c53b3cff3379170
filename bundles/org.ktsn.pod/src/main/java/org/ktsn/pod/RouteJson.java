package org.ktsn.pod;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.ktsn.api.pod.PodAssignment;

/** Routes in a pod's record. */
final class RouteJson {
  private RouteJson() {}

  static JsonArray encode(List<PodAssignment.Route> routes) {
    JsonArray all = new JsonArray();
    for (PodAssignment.Route route : routes) {
      JsonObject json = new JsonObject();
      json.addProperty("destination", route.destination());
      json.addProperty("gateway", route.gateway());
      route.table().ifPresent(table -> json.addProperty("table", table));
      json.addProperty("priority", route.priority());
      json.addProperty("mtuOctets", route.mtuOctets());
      json.addProperty("advMssOctets", route.advMssOctets());
      route.scope().ifPresent(scope -> json.addProperty("scope", scope));
      all.add(json);
    }
    return all;
  }

  /**
   * Reads what {@link #encode} made.
   *
   * @param all null in records of earlier versions
   */
  static List<PodAssignment.Route> decode(JsonArray all) {
    List<PodAssignment.Route> routes = new ArrayList<>();
    if (all == null) {
      return routes;
    }
    for (JsonElement element : all) {
      JsonObject json = element.getAsJsonObject();
      routes.add(
          new PodAssignment.Route(
              json.get("destination").getAsString(),
              json.get("gateway").getAsString(),
              json.has("table")
                  ? OptionalLong.of(json.get("table").getAsLong())
                  : OptionalLong.empty(),
              json.get("priority").getAsLong(),
              json.get("mtuOctets").getAsInt(),
              json.get("advMssOctets").getAsInt(),
              json.has("scope")
                  ? OptionalInt.of(json.get("scope").getAsInt())
                  : OptionalInt.empty()));
    }
    return routes;
  }
}
