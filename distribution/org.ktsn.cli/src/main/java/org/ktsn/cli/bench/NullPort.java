package org.ktsn.cli.bench;

import com.google.gson.JsonObject;
import java.util.Map;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.Control;
import org.ktsn.cli.testbed.Patience;
import org.ktsn.cli.testbed.Testbed;

/** The port that leads nowhere, in a node that has no other, and no switch. */
final class NullPort {
  private static final String NAME = "null";
  private static final long LINK_BITS_PER_SECOND = 10_000_000_000L;
  private static final long LIMIT_MS = 10_000;

  private NullPort() {}

  /**
   * Installs the bundle that has it, then attaches the pods: they need the switch that it feigns.
   */
  static Testbed testbed(Control node, Map<String, String> environment) {
    Runnable uninstall = BenchBundle.install(node, environment);
    node.run("ktsn:config org.ktsn.bench.nullport rate.bits.per.second=" + LINK_BITS_PER_SECOND);
    if (!Patience.until(() -> isInUse(node), LIMIT_MS, 20)) {
      uninstall.run();
      throw new CommandFailure(
          "KTSNd does not take up the null port; 'ktsn shell ktsn:health' tells why.");
    }
    Testbed testbed = new Testbed(node, environment);
    testbed.undoAtEnd(uninstall);
    return testbed;
  }

  private static boolean isInUse(Control node) {
    JsonObject stats = node.json("ktsn:stats").getAsJsonObject();
    return stats.get("port").getAsString().equals(NAME);
  }
}
