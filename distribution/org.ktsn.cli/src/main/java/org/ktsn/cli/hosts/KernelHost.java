package org.ktsn.cli.hosts;

import com.google.gson.JsonParser;
import java.util.ArrayList;
import java.util.List;
import org.ktsn.cli.testbed.Cleanup;
import org.ktsn.cli.testbed.TestPod;

/**
 * The other host without KTSN, as in the paper: the kernel's VXLAN device, a bridge, and a pod
 * behind it. The device learns nothing: it is told where the first host's pod is.
 */
final class KernelHost implements FarHost {
  private static final String POD_MAC = "02:00:00:00:77:02";
  private static final String POD_LINK = "tsn0";
  private static final String ALL = "00:00:00:00:00:00";

  private final Underlay underlay;
  private String address = "";

  KernelHost(Underlay underlay) {
    this.underlay = underlay;
  }

  /** A pod of a host on which there is no KTSNd. */
  private record FarPod(String address, String namespace) implements TestPod {
    @Override
    public List<String> command(List<String> program) {
      List<String> command = new ArrayList<>(List.of("nsenter", "--net=/run/netns/" + namespace));
      command.addAll(program);
      return command;
    }

    @Override
    public List<String> preloaded(List<String> program) {
      return command(program);
    }
  }

  @Override
  public String receiver() {
    return "kernel";
  }

  @Override
  public void make(OverlayPlan network, Cleanup cleanup) {
    address = network.listenerAddress();
    underlay.endAtLink();
    Underlay.run("ip netns add " + underlay.farPod());
    cleanup.add(() -> Underlay.run("ip netns del " + underlay.farPod()));
    for (String command :
        List.of(
            "ip link add vxlan0 type vxlan id %d local %s dstport %d nolearning dev %s"
                .formatted(OverlayPlan.VNI, Underlay.FAR, Underlay.VXLAN_PORT, underlay.farLink()),
            "ip link add pods type bridge",
            "ip link set vxlan0 master pods up",
            "ip link add v0 type veth peer name %s address %s netns %s"
                .formatted(POD_LINK, POD_MAC, underlay.farPod()),
            "ip link set v0 master pods up",
            "ip link set pods up",
            "bridge fdb append " + ALL + " dev vxlan0 dst " + Underlay.NEAR,
            "bridge fdb append " + network.talkerMac() + " dev vxlan0 dst " + Underlay.NEAR)) {
      String ignored = underlay.inFarHost(command);
    }
    for (String command :
        List.of(
            "ethtool -K " + POD_LINK + " tx off",
            "ip address add %s/%d dev %s".formatted(address, network.prefix(), POD_LINK),
            "ip link set " + POD_LINK + " up")) {
      String ignored = Underlay.run("ip netns exec " + underlay.farPod() + " " + command);
    }
  }

  @Override
  public TestPod pod() {
    return new FarPod(address, underlay.farPod());
  }

  @Override
  public String mac() {
    return POD_MAC;
  }

  @Override
  public long arrived() {
    return JsonParser.parseString(underlay.inFarHost("ip -s -j link show vxlan0"))
        .getAsJsonArray()
        .get(0)
        .getAsJsonObject()
        .getAsJsonObject("stats64")
        .getAsJsonObject("rx")
        .get("packets")
        .getAsLong();
  }
}
