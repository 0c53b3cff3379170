package org.ktsn.overlay;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.net.InetAddress;
import java.util.Collection;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.ktsn.api.overlay.OverlayNetwork;
import org.ktsn.api.pod.Pod;

/** Writes what this node says of itself: the same of the same, so that only changes are told. */
final class AnnouncementWriter {
  private AnnouncementWriter() {}

  /**
   * Writes it.
   *
   * @param pods the node's, in an order of their own
   */
  static String write(String id, OverlayNetwork network, Collection<Pod> pods) {
    SortedSet<String> subnets = new TreeSet<>();
    JsonArray all = new JsonArray();
    for (Pod pod : pods) {
      JsonArray addresses = new JsonArray();
      for (String address : pod.addresses()) {
        Optional<Range> subnet = Range.of(address);
        if (subnet.isPresent()) {
          subnets.add(subnet.get().toString());
          addresses.add(withoutLength(address).getHostAddress());
        }
      }
      JsonObject item = new JsonObject();
      item.addProperty("name", pod.name());
      item.addProperty("mac", pod.mac().toString());
      item.add("addresses", addresses);
      all.add(item);
    }
    JsonArray ranges = new JsonArray();
    subnets.forEach(ranges::add);
    JsonObject own = new JsonObject();
    own.addProperty("name", network.name());
    own.addProperty("vni", network.vni());
    own.add("subnets", ranges);
    own.add("pods", all);
    JsonArray networks = new JsonArray();
    networks.add(own);
    JsonObject node = new JsonObject();
    node.addProperty("id", id);
    node.addProperty("tunnel", network.tunnel().getHostAddress());
    node.add("networks", networks);
    return node.toString();
  }

  static InetAddress withoutLength(String address) {
    return InetAddress.ofLiteral(address.replaceFirst("/.*", ""));
  }
}
