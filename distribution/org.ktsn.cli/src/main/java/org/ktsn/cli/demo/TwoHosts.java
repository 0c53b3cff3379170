package org.ktsn.cli.demo;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.Control;
import org.ktsn.cli.hosts.OverlayPlan;
import org.ktsn.cli.hosts.SecondHost;
import org.ktsn.cli.hosts.Underlay;
import org.ktsn.cli.terminal.Progress;
import org.ktsn.cli.testbed.Flow;
import org.ktsn.cli.testbed.FlowResult;
import org.ktsn.cli.testbed.Patience;
import org.ktsn.cli.testbed.TestPod;
import org.ktsn.cli.testbed.Testbed;

/**
 * {@code --hosts 2}: the listener is on another host, a network namespace, and the frames go there
 * through a VXLAN tunnel. One thread.
 */
final class TwoHosts implements Sideshow {
  private static final int LOOK_MS = 200;
  private static final int COUNTING_MS = 5_000;

  private final Progress progress;
  private final SecondHost second;
  private long before;
  private long arrived;

  /**
   * Prepares nothing yet.
   *
   * @param ktsn whether the other host is a node of KTSN; else it has the kernel's VXLAN device
   * @param controls connects to the daemon that an environment names
   */
  TwoHosts(
      Testbed testbed,
      boolean ktsn,
      Function<Map<String, String>, Control> controls,
      Map<String, String> environment,
      Progress progress) {
    this.progress = progress;
    second = new SecondHost(testbed, ktsn, controls, environment);
  }

  /**
   * Checks what a user asks for.
   *
   * @throws CommandFailure with what is possible
   */
  static void check(int hosts, String receiver, DemoRuntime within) {
    if (hosts < 1 || hosts > 2) {
      throw new CommandFailure("--hosts " + hosts + " is not possible; give 1 or 2.");
    }
    if (!List.of("kernel", "ktsn").contains(receiver)) {
      throw new CommandFailure("--receiver " + receiver + " is not known; give kernel or ktsn.");
    }
    if (hosts == 2 && within != DemoRuntime.NETNS) {
      throw new CommandFailure(
          "--hosts 2 has talker and listener in network namespaces; leave out --runtime.");
    }
  }

  /** Returns the talker's pod here and the listener's there; {@link #prepare} went before. */
  TestPod.Pair pods() {
    return second.pods();
  }

  @Override
  public void prepare() {
    second.make();
    progress.say(
        String.format(
            Locale.ROOT,
            "two hosts, %s and %s, VXLAN network %d; the listener's has %s",
            Underlay.NEAR,
            Underlay.FAR,
            OverlayPlan.VNI,
            second.receiver().equals("kernel") ? "the kernel's VXLAN device" : "KTSN, too"));
  }

  @Override
  public void begin(Flow flow, long baseNs) {
    before = second.arrived();
  }

  @Override
  public void look(long nowNs) {}

  @Override
  public void end(FlowResult result) {
    // a switch counts what came through a tunnel when it looks through its flows, now and then
    if (!Patience.until(
        () -> throughTunnel() >= result.delivery().received(), COUNTING_MS, LOOK_MS)) {
      progress.say("the far host has not counted all that came through the tunnel");
    }
    arrived = throughTunnel();
  }

  private long throughTunnel() {
    return second.arrived() - before;
  }

  @Override
  public List<String> lines() {
    return List.of(
        String.format(
            Locale.ROOT,
            "underlay VXLAN %d, %s to %s: %d frames, each %d octets longer",
            OverlayPlan.VNI,
            Underlay.NEAR,
            Underlay.FAR,
            arrived,
            Underlay.ENCAPSULATION_OCTETS));
  }

  @Override
  public void addTo(JsonObject report) {
    JsonArray tunnel = new JsonArray();
    tunnel.add(Underlay.NEAR);
    tunnel.add(Underlay.FAR);
    JsonObject vxlan = new JsonObject();
    vxlan.addProperty("vni", OverlayPlan.VNI);
    vxlan.addProperty("port", Underlay.VXLAN_PORT);
    vxlan.add("tunnel", tunnel);
    vxlan.addProperty("encapsulation_octets", Underlay.ENCAPSULATION_OCTETS);
    vxlan.addProperty("receiver", second.receiver());
    vxlan.addProperty("frames", arrived);
    JsonObject carried = new JsonObject();
    carried.add("vxlan", vxlan);
    report.addProperty("hosts", 2);
    report.add("underlay", carried);
  }

  @Override
  public List<String> faults() {
    return List.of();
  }

  @Override
  public void close() {
    second.close();
  }
}
