package org.ktsn.cli.bench;

import com.google.gson.JsonObject;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.Control;
import org.ktsn.cli.testbed.Patience;

/** Gives the pods that are attached from now on an IPv6 address, too. */
final class Ipv6Subnet {
  private static final String SUBNET = "fd77::/64";
  private static final String TRIAL = "trial";
  private static final long LIMIT_MS = 10_000;

  private Ipv6Subnet() {}

  /**
   * Has the overlay have a subnet; returns when it counts.
   *
   * @throws CommandFailure if the daemon does not take it up
   */
  static void begin(Control node) {
    node.run("ktsn:config org.ktsn.pod subnet.ipv6=" + SUBNET);
    if (!Patience.until(() -> isInForce(node), LIMIT_MS, 20)) {
      throw new CommandFailure(
          "KTSNd does not take up subnet.ipv6; 'ktsn shell ktsn:health' tells why.");
    }
  }

  private static boolean isInForce(Control node) {
    try {
      JsonObject pod = node.json("ktsn:pod-add " + TRIAL).getAsJsonObject();
      node.run("ktsn:pod-del " + TRIAL);
      return pod.getAsJsonArray("addresses").size() > 1;
    } catch (CommandFailure e) {
      return false; // whoever attaches pods begins anew with the new setting
    }
  }
}
