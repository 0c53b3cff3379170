package org.ktsn.cli.testbed;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Optional;
import org.ktsn.cli.CommandFailure;

/**
 * What a pod is on the time-sensitive network beside its IPv4 address.
 *
 * @param number the one that traces call it by
 * @param interfaceName its interface
 * @param mac that interface's address
 * @param ipv6 its IPv6 address, if it was given one
 */
public record PodLink(int number, String interfaceName, String mac, Optional<String> ipv6) {
  /** Reads what a daemon says of a pod; of one that says less, nothing. */
  static Optional<PodLink> fromJson(JsonObject pod) {
    if (!pod.has("number") || !pod.has("mac")) {
      return Optional.empty();
    }
    return Optional.of(
        new PodLink(
            pod.get("number").getAsInt(),
            pod.get("interface").getAsString(),
            pod.get("mac").getAsString(),
            addresses(pod).stream().filter(address -> address.contains(":")).findFirst()));
  }

  /** Returns a pod's addresses, without the lengths of their prefixes. */
  static List<String> addresses(JsonObject pod) {
    return pod.getAsJsonArray("addresses").asList().stream()
        .map(JsonElement::getAsString)
        .map(prefix -> prefix.replaceFirst("/.*", ""))
        .toList();
  }

  /** Returns its IPv6 address, which is needed. */
  String requiredIpv6() {
    return ipv6.orElseThrow(
        () -> new CommandFailure("A pod has no IPv6 address: the overlay needs a subnet.ipv6."));
  }
}
