package org.ktsn.cni;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.OptionalInt;
import org.ktsn.api.pod.Pod;

/** The result of ADD, in the form of each version (section 5, "Success"). */
final class Results {
  private Results() {}

  /**
   * Makes the result: what the plugins before gave, and this one's.
   *
   * @param config the request's configuration
   * @param pod the attachment
   * @param addresses what the address manager said
   * @param mtuOctets the interface's MTU, if it is known
   * @param hostMac the MAC address of the switch's end, empty if it is not known
   */
  static JsonObject of(
      NetworkConfig config, Pod pod, Addresses addresses, OptionalInt mtuOctets, String hostMac) {
    CniVersion version = config.version();
    JsonObject result =
        config.previousResult().map(JsonObject::deepCopy).orElseGet(JsonObject::new);
    result.addProperty("cniVersion", version.toString());
    JsonArray interfaces = NetworkConfig.array(result, "interfaces");
    interfaces.add(hostSide(pod, hostMac));
    int index = interfaces.size();
    interfaces.add(containerSide(pod, version, mtuOctets));
    result.add("interfaces", interfaces);
    JsonArray ips = NetworkConfig.array(result, "ips");
    for (JsonElement ip : addresses.ips()) {
      JsonObject own = ip.getAsJsonObject().deepCopy();
      own.addProperty("interface", index);
      own.remove("version");
      if (!version.isAtLeast(CniVersion.V1_0_0)) {
        String address = NetworkConfig.string(own, "address").orElse("");
        own.addProperty("version", Addresses.isIpv6(address) ? "6" : "4");
      }
      ips.add(own);
    }
    result.add("ips", ips);
    JsonArray routes = NetworkConfig.array(result, "routes");
    addresses.routes().forEach(routes::add);
    result.add("routes", routes);
    if (!result.has("dns")) {
      result.add(
          "dns",
          addresses.dns().isEmpty() ? config.dns().orElse(addresses.dns()) : addresses.dns());
    }
    return result;
  }

  private static JsonObject hostSide(Pod pod, String mac) {
    JsonObject side = new JsonObject();
    side.addProperty("name", pod.switchPort());
    if (!mac.isEmpty()) {
      side.addProperty("mac", mac);
    }
    return side;
  }

  private static JsonObject containerSide(Pod pod, CniVersion version, OptionalInt mtuOctets) {
    JsonObject side = new JsonObject();
    side.addProperty("name", pod.interfaceName());
    side.addProperty("mac", pod.mac().toString());
    if (version.isAtLeast(CniVersion.V1_1_0)) {
      mtuOctets.ifPresent(octets -> side.addProperty("mtu", octets));
      side.addProperty("socketPath", pod.channelSocket().toString());
    }
    side.addProperty("sandbox", pod.networkNamespace().toString());
    return side;
  }

  /** Makes an error, in the form of every version. */
  static JsonObject error(String version, CniException failure) {
    JsonObject error = new JsonObject();
    error.addProperty("cniVersion", version.isEmpty() ? CniVersion.NEWEST.toString() : version);
    error.addProperty("code", failure.code());
    error.addProperty("msg", failure.getMessage());
    if (!failure.details().isEmpty()) {
      error.addProperty("details", failure.details());
    }
    return error;
  }

  /** Makes the answer to VERSION. */
  static JsonObject versions(String version) {
    JsonArray supported = new JsonArray();
    for (CniVersion each : CniVersion.values()) {
      supported.add(each.toString());
    }
    JsonObject answer = new JsonObject();
    answer.addProperty("cniVersion", version.isEmpty() ? CniVersion.NEWEST.toString() : version);
    answer.add("supportedVersions", supported);
    return answer;
  }
}
