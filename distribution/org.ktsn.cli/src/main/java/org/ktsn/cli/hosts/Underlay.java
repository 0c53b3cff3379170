package org.ktsn.cli.hosts;

import java.nio.file.Path;
import org.ktsn.cli.testbed.Cleanup;
import org.ktsn.cli.testbed.SystemCommand;

/**
 * What carries the tunnel between two hosts: a veth pair from the first host, which is this one,
 * into a network namespace. As on a real host, the end of a node with a switch is a port of a
 * bridge of its own there, which has the tunnel's address: the switch finds its way by the kernel's
 * routes.
 *
 * @param instance the first node's name, which all is named by
 */
public record Underlay(String instance) {
  /** The addresses of the tunnel's ends, from the range for benchmarks (RFC 2544). */
  public static final String NEAR = "198.18.0.1";

  public static final String FAR = "198.18.0.2";

  public static final int VXLAN_PORT = 4789;

  /** What the tunnel adds to a frame over IPv4 (RFC 7348 section 5). */
  public static final int ENCAPSULATION_OCTETS = 50;

  /** A pod's packet of 1,500 octets, a VLAN tag and the tunnel's headers fit. */
  static final int MTU = 1_600;

  private static final String LENGTH = "/30";

  /** Returns the other host's network namespace. */
  String farHost() {
    return instance + "-far";
  }

  /** Returns the network namespace of the other host's pod, if that host is not a node of KTSN. */
  String farPod() {
    return instance + "-farpod";
  }

  /** Returns the other host's end. */
  String farLink() {
    return instance + "-u1";
  }

  private String nearLink() {
    return instance + "-u0";
  }

  private String bridge() {
    return instance + "-phy";
  }

  /**
   * Makes the pair, and this host's bridge; the other host's namespace is there.
   *
   * @param switchRun the run directory of the node's switch
   * @param cleanup removes it
   */
  void make(Path switchRun, Cleanup cleanup) {
    run(
        "ip link add %s mtu %d type veth peer name %s mtu %d netns %s"
            .formatted(nearLink(), MTU, farLink(), MTU, farHost()));
    cleanup.add(() -> run("ip link del " + nearLink()));
    // No device would ever do what is left to it.
    run("ethtool -K " + nearLink() + " tx off");
    inFarHost("ethtool -K " + farLink() + " tx off");
    run("ip link set " + nearLink() + " up");
    inFarHost("ip link set " + farLink() + " up");
    addBridge(switchRun, nearLink(), cleanup);
    configureNear();
  }

  /** What a host's network configuration does when the bridge is there, or there again. */
  void configureNear() {
    run("ip address replace " + NEAR + LENGTH + " dev " + bridge());
    run("ip link set " + bridge() + " mtu " + MTU + " up");
  }

  /** The same on the other host, if its end is a bridge. */
  void configureFar() {
    inFarHost("ip address replace " + FAR + LENGTH + " dev " + bridge());
    inFarHost("ip link set " + bridge() + " mtu " + MTU + " up");
  }

  /** Gives the other host's end the tunnel's address. */
  void endAtLink() {
    inFarHost("ip address add " + FAR + LENGTH + " dev " + farLink());
  }

  /** Gives the tunnel's address to a bridge of the other host's switch, which has that end. */
  void endAtSwitch(Path switchRun, Cleanup cleanup) {
    addBridge(switchRun, farLink(), cleanup);
    configureFar();
  }

  private void addBridge(Path switchRun, String link, Cleanup cleanup) {
    String vsctl = "ovs-vsctl --timeout=10 --db=unix:" + switchRun.resolve("db.sock");
    cleanup.add(() -> run(vsctl + " --if-exists del-br " + bridge()));
    run(
        vsctl
            + " add-br %s -- set Bridge %s datapath_type=netdev -- add-port %s %s"
                .formatted(bridge(), bridge(), bridge(), link));
  }

  /** Runs a command of the system in the other host's network. */
  String inFarHost(String command) {
    return run("ip netns exec " + farHost() + " " + command);
  }

  /** Runs a command of the system, in which no word has a blank. */
  static String run(String command) {
    return SystemCommand.run(command.split(" ", -1));
  }
}
