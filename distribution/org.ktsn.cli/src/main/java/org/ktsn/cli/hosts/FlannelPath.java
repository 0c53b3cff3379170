package org.ktsn.cli.hosts;

import java.util.List;
import org.ktsn.cli.testbed.Cleanup;
import org.ktsn.cli.testbed.SystemCommand;
import org.ktsn.cli.testbed.TestPod;

/**
 * The data path that Flannel's VXLAN backend and its CNI plugin set up, between the pods of a pair
 * that have another way to each other, over an underlay of its own, a veth pair: on each host a
 * bridge with the pod's veth, routed to a VXLAN device that learns nothing, with the other host's
 * subnet, neighbour and forwarding entry written down. The first host's part is in a network
 * namespace, so that nothing of this machine is routed or changed; what filters packets in a
 * cluster (kube-proxy, masquerading) is left out, in Flannel's favour.
 */
final class FlannelPath {
  private static final String NEAR_UNDERLAY = "198.18.0.5";
  private static final String FAR_UNDERLAY = "198.18.0.6";

  /** What Flannel names, numbers and sizes by default. */
  private static final String DEVICE = "flannel.1";

  private static final int VNI = 1;
  private static final int PORT = 8472;
  private static final int UNDERLAY_MTU = 1_500;
  private static final int MTU = UNDERLAY_MTU - Underlay.ENCAPSULATION_OCTETS;
  private static final String BRIDGE = "cni0";
  private static final String ALL_PODS = "10.244.0.0/16";

  private static final String UNDERLAY_LINK = "flannel-ul";
  private static final String POD_LINK = "flannel0";
  private static final String BRIDGE_LINK = "flannel-pod";

  private final Underlay underlay;
  private final TestPod.Pair pods;

  FlannelPath(Underlay underlay, TestPod.Pair pods) {
    this.underlay = underlay;
    this.pods = pods;
  }

  /**
   * One of the two hosts.
   *
   * @param namespace its network namespace
   * @param podNamespace that of its pod
   * @param address of the underlay
   * @param subnet the third octet of its pods' addresses
   */
  private record Host(String namespace, String podNamespace, String address, int subnet) {
    /** The VXLAN device's own address, by which the other host routes: the subnet's first. */
    String deviceAddress() {
      return "10.244." + subnet + ".0";
    }

    String deviceMac() {
      return "02:00:00:00:f1:0" + subnet;
    }

    String gateway() {
      return "10.244." + subnet + ".1";
    }

    String pod() {
      return "10.244." + subnet + ".2";
    }

    void run(String command) {
      String ignored = Underlay.run("ip netns exec " + namespace + " " + command);
    }
  }

  /** A pod by its address on this network. */
  private record Reached(TestPod pod, String address) implements TestPod {
    @Override
    public List<String> command(List<String> program) {
      return pod.command(program);
    }

    @Override
    public List<String> preloaded(List<String> program) {
      return pod.preloaded(program);
    }
  }

  /**
   * Makes it.
   *
   * @param cleanup removes it
   * @return the pods by their addresses on it
   */
  TestPod.Pair make(Cleanup cleanup) {
    Host near =
        new Host(
            underlay.instance() + "-flannel", underlay.instance() + "-talker", NEAR_UNDERLAY, 0);
    Host far = new Host(underlay.farHost(), underlay.farPod(), FAR_UNDERLAY, 1);
    Underlay.run("ip netns add " + near.namespace());
    cleanup.add(() -> Underlay.run("ip netns del " + near.namespace()));
    near.run(
        "ip link add %s mtu %d type veth peer name %s mtu %d netns %s"
            .formatted(UNDERLAY_LINK, UNDERLAY_MTU, UNDERLAY_LINK, UNDERLAY_MTU, far.namespace()));
    makeHost(near, pods.talker());
    makeHost(far, pods.listener());
    leadTo(near, far);
    leadTo(far, near);
    return new TestPod.Pair(
        new Reached(pods.talker(), near.pod()), new Reached(pods.listener(), far.pod()));
  }

  private void makeHost(Host host, TestPod pod) {
    SystemCommand.run(
        "ip",
        "netns",
        "exec",
        host.namespace(),
        "sh",
        "-c",
        "echo 1 >/proc/sys/net/ipv4/ip_forward");
    for (String command :
        List.of(
            "ip address add %s/30 dev %s".formatted(host.address(), UNDERLAY_LINK),
            "ip link set %s up".formatted(UNDERLAY_LINK),
            "ip link add %s address %s mtu %d type vxlan id %d local %s dstport %d nolearning dev %s"
                .formatted(DEVICE, host.deviceMac(), MTU, VNI, host.address(), PORT, UNDERLAY_LINK),
            "ip address add %s/32 dev %s".formatted(host.deviceAddress(), DEVICE),
            "ip link set %s up".formatted(DEVICE),
            "ip link add %s mtu %d type bridge".formatted(BRIDGE, MTU),
            "ip address add %s/24 dev %s".formatted(host.gateway(), BRIDGE),
            "ip link set %s up".formatted(BRIDGE),
            "ip link add %s mtu %d type veth peer name %s mtu %d netns %s"
                .formatted(BRIDGE_LINK, MTU, POD_LINK, MTU, host.podNamespace()),
            "ip link set %s master %s up".formatted(BRIDGE_LINK, BRIDGE),
            "bridge link set dev %s hairpin on".formatted(BRIDGE_LINK))) {
      host.run(command);
    }
    for (String command :
        List.of(
            "ip address add %s/24 dev %s".formatted(host.pod(), POD_LINK),
            "ip link set %s up".formatted(POD_LINK),
            "ip route add %s via %s dev %s".formatted(ALL_PODS, host.gateway(), POD_LINK))) {
      String ignored =
          SystemCommand.run(pod.command(List.of(command.split(" ", -1))).toArray(String[]::new));
    }
  }

  /** What flanneld writes down on a host when it hears of another one. */
  private static void leadTo(Host host, Host other) {
    host.run(
        "ip neighbour add %s lladdr %s dev %s nud permanent"
            .formatted(other.deviceAddress(), other.deviceMac(), DEVICE));
    host.run(
        "bridge fdb append %s dev %s dst %s".formatted(other.deviceMac(), DEVICE, other.address()));
    host.run(
        "ip route add %s/24 via %s dev %s onlink"
            .formatted(other.deviceAddress(), other.deviceAddress(), DEVICE));
  }
}
