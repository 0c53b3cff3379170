package org.ktsn.cli.hosts;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.testbed.Cleanup;

/**
 * The pods' network of two hosts: which pod is where.
 *
 * @param talkerMac the MAC address of the talker's pod
 * @param talkerAddress its IPv4 address
 * @param listenerAddress that of the listener's pod
 * @param prefix the length of the pods' subnet
 */
public record OverlayPlan(
    String talkerMac, String talkerAddress, String listenerAddress, int prefix) {
  public static final int VNI = 4097;

  /**
   * A network in which the listener's pod has the last address of the subnet: the talker's node
   * gives the first ones.
   */
  static OverlayPlan of(JsonObject talker) {
    String[] subnet = talker.getAsJsonArray("addresses").get(0).getAsString().split("/", 2);
    int prefix = Integer.parseInt(subnet[1]);
    return new OverlayPlan(
        talker.get("mac").getAsString(), subnet[0], lastHost(subnet[0], prefix), prefix);
  }

  /** Returns the last address of a host in a subnet. */
  static String lastHost(String address, int prefix) {
    int value = 0;
    for (String octet : address.split("\\.", -1)) {
      value = value << 8 | Integer.parseInt(octet);
    }
    int last = (value | (int) (0xffff_ffffL >>> prefix)) - 1;
    return String.format(
        Locale.ROOT,
        "%d.%d.%d.%d",
        last >>> 24,
        last >>> 16 & 0xff,
        last >>> 8 & 0xff,
        last & 0xff);
  }

  /**
   * Tells the node of a run directory of the other node.
   *
   * @param own where the node's tunnels end
   * @param other where the other one's do
   * @param mac the MAC address of the pod there
   * @param address its IPv4 address
   * @param cleanup takes that back
   */
  static void tell(
      Path run, String own, String other, String mac, String address, Cleanup cleanup) {
    Map<String, Object> pod = Map.of("name", "pod", "mac", mac, "addresses", List.of(address));
    Map<String, Object> node = Map.of("name", "other", "tunnel", other, "pods", List.of(pod));
    Map<String, Object> network =
        Map.of(
            "network",
            "pods",
            "vni",
            VNI,
            "tunnel",
            own,
            "underlay-mtu",
            Underlay.MTU,
            "nodes",
            List.of(node));
    write(run, new GsonBuilder().setPrettyPrinting().create().toJson(network) + "\n", cleanup);
  }

  private static void write(Path run, String text, Cleanup cleanup) {
    Path file = run.resolve("etc/demo.overlay");
    // Whole or not at all, as it is read by others.
    Path draft = run.resolve("demo.overlay.draft");
    try {
      Files.writeString(draft, text);
      Files.createDirectories(file.getParent());
      cleanup.add(() -> remove(file));
      Files.move(draft, file);
    } catch (IOException e) {
      throw new CommandFailure("Can't write " + file + ": " + e.getMessage() + ".", e);
    }
  }

  private static void remove(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new CommandFailure("Can't remove " + file + ": " + e.getMessage() + ".", e);
    }
  }
}
