package org.ktsn.itests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Another host without KTSN, in two network namespaces: {@code far} has the underlay's other end,
 * the kernel's VXLAN device and a bridge, {@code farpod} is a pod behind it. The device learns
 * nothing: it is told where the shared node's pods are.
 */
final class FarHost implements AutoCloseable {
  static final int VNI = 4097;
  static final String POD = "10.77.99.2";
  static final String POD_MAC = "02:00:00:00:99:02";
  static final String NEAR = "198.18.9.1";
  static final String FAR = "198.18.9.2";
  static final String LINK = "kti-u1";
  private static final String NEAR_LINK = "kti-u0";
  private static final String BRIDGE = "kti-phy";
  private static final String HOST = Node.INSTANCE + "-far";
  private static final String POD_NAMESPACE = Node.INSTANCE + "-farpod";
  private static final Path DESCRIPTION = Node.RUN.resolve("etc/test.overlay");

  private final Node node;

  /**
   * Makes it, and tells the shared node of it.
   *
   * @param macs the pods of the shared node that it is to reach
   */
  FarHost(Node node, List<String> macs) {
    this(
        node,
        macs,
        """
        "nodes": [{"name": "far", "tunnel": "%s", "pods": [
          {"name": "farpod", "mac": "%s", "addresses": ["%s"]}]}]"""
            .formatted(FAR, POD_MAC, POD));
  }

  /** Makes one of which the shared node is not told: it is to announce itself. */
  static FarHost unknown(Node node, List<String> macs) {
    return new FarHost(node, macs, "\"announcements\": true");
  }

  private FarHost(Node node, List<String> macs, String others) {
    this.node = node;
    try {
      make(macs);
      describe(others);
    } catch (AssertionError | RuntimeException e) {
      close();
      throw e;
    }
  }

  private void make(List<String> macs) {
    run("ip netns add " + HOST);
    run("ip netns add " + POD_NAMESPACE);
    run(
        "ip link add %s mtu 1600 type veth peer name %s mtu 1600 netns %s"
            .formatted(NEAR_LINK, LINK, HOST));
    run("ethtool -K " + NEAR_LINK + " tx off");
    run("ip link set " + NEAR_LINK + " up");
    run(
        "ovs-vsctl --timeout=10 --db=unix:%s add-br %s -- set Bridge %s datapath_type=netdev -- add-port %s %s"
            .formatted(database(), BRIDGE, BRIDGE, BRIDGE, NEAR_LINK));
    run("ip address add " + NEAR + "/30 dev " + BRIDGE);
    run("ip link set " + BRIDGE + " mtu 1600 up");

    inHost("ethtool -K " + LINK + " tx off");
    inHost("ip address add " + FAR + "/30 dev " + LINK);
    inHost("ip link set " + LINK + " up");
    inHost(
        "ip link add vxlan0 type vxlan id %d local %s dstport 4789 nolearning dev %s"
            .formatted(VNI, FAR, LINK));
    inHost("ip link add pods type bridge");
    inHost("ip link set vxlan0 master pods up");
    inHost(
        "ip link add v0 type veth peer name tsn0 address " + POD_MAC + " netns " + POD_NAMESPACE);
    inHost("ip link set v0 master pods up");
    inHost("ip link set pods up");
    List<String> all = new ArrayList<>(macs);
    all.add("00:00:00:00:00:00"); // what goes to a group
    for (String mac : all) {
      inHost("bridge fdb append " + mac + " dev vxlan0 dst " + NEAR);
    }
    inPod("ethtool -K tsn0 tx off");
    inPod("ip address add " + POD + "/16 dev tsn0");
    inPod("ip link set tsn0 up");
  }

  private void describe(String others) {
    try {
      Files.createDirectories(DESCRIPTION.getParent());
      Path draft = Node.RUN.resolve("test.overlay.draft");
      Files.writeString(
          draft,
          """
          {"network": "pods", "vni": %d, "tunnel": "%s", "underlay-mtu": 1600, %s}
          """
              .formatted(VNI, NEAR, others));
      Files.move(draft, DESCRIPTION);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Node.await("the node knows the other one", 20, () -> networks() == 1);
    Node.await("the tunnels' rules are there", 20, () -> rules().contains("0x4b56"));
  }

  /**
   * Sees to it that the underlay's bridge has its address, as a host's network configuration does
   * whenever the bridge appears.
   */
  static void configureUnderlay() {
    Node.await("the underlay's bridge", 20, () -> Files.exists(Path.of("/sys/class/net", BRIDGE)));
    run("ip address replace " + NEAR + "/30 dev " + BRIDGE);
    run("ip link set " + BRIDGE + " up");
  }

  /** Returns the rules of the shared node's bridge. */
  static String rules() {
    return run("ovs-ofctl -O OpenFlow13 dump-flows " + bridgeSocket());
  }

  private int networks() {
    return node.json("ktsn:networks --json").getAsJsonObject().getAsJsonArray("networks").size();
  }

  private static Path database() {
    return Node.RUN.resolve("ovs/db.sock");
  }

  private static Path bridgeSocket() {
    return Node.RUN.resolve("ovs/br-" + Node.INSTANCE + ".mgmt");
  }

  /** Removes it, and awaits that the shared node has forgotten it. */
  @Override
  public void close() {
    try {
      Files.deleteIfExists(DESCRIPTION);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Node.await("the node has forgotten the other one", 20, () -> networks() == 0);
    Node.await(
        "the tunnels' port is gone",
        20,
        () ->
            !run("ovs-vsctl --timeout=10 --db=unix:"
                    + database()
                    + " list-ports br-"
                    + Node.INSTANCE)
                .contains("x0-"));
    run("ovs-vsctl --timeout=10 --db=unix:" + database() + " --if-exists del-br " + BRIDGE);
    // First: with its namespace the kernel removes it some time later.
    if (Files.exists(Path.of("/sys/class/net", NEAR_LINK))) {
      run("ip link del " + NEAR_LINK);
    }
    for (String namespace : List.of(POD_NAMESPACE, HOST)) {
      if (Files.exists(Path.of("/run/netns", namespace))) {
        run("ip netns del " + namespace);
      }
    }
  }

  /** Runs a command that must succeed; returns what it printed. */
  static String run(String command) {
    return Command.start(Map.of(), List.of(command.split(" ", -1))).end(20).expect(0).out();
  }

  static String inHost(String command) {
    return run("ip netns exec " + HOST + " " + command);
  }

  private static String inPod(String command) {
    return run("ip netns exec " + POD_NAMESPACE + " " + command);
  }
}
