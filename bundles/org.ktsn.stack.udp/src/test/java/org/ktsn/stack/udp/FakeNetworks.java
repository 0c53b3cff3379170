package org.ktsn.stack.udp;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.ktsn.api.pod.MacAddress;

/**
 * The mirror's place in a test of the stack: one pod, number 3, 10.77.0.2/16 on an interface with
 * MTU 1500, a gateway 10.77.0.1 and another beyond the link, 192.168.7.1; fd77::2/64, the
 * interface's own address of the link, and a gateway fd99::1; as the kernel would set it up.
 */
final class FakeNetworks implements PodNetworks {
  static final MacAddress OWN_MAC = MacAddress.parse("02:00:00:00:00:02");
  static final MacAddress PEER_MAC = MacAddress.parse("02:00:00:00:00:03");
  static final MacAddress GATEWAY_MAC = MacAddress.parse("02:00:00:00:00:01");

  final Map<IpAddress, Long> neighbours = new HashMap<>();
  final List<IpAddress> requested = new ArrayList<>();
  final List<IpAddress> doubted = new ArrayList<>();
  PodNetwork network;

  FakeNetworks() {
    neighbours.put(
        ipv4("10.77.0.3"), NeighbourTable.entry(NeighbourTable.REACHABLE, PEER_MAC.value()));
    neighbours.put(
        ipv4("10.77.0.1"), NeighbourTable.entry(NeighbourTable.REACHABLE, GATEWAY_MAC.value()));
    neighbours.put(
        IpAddress.parse("fd77::3"),
        NeighbourTable.entry(NeighbourTable.REACHABLE, PEER_MAC.value()));
    publish(true);
  }

  private static IpAddress ipv4(String text) {
    return TestDatagram.ipv4(text);
  }

  void publish(boolean usable) {
    NextHops.Builder nextHops = new NextHops.Builder();
    nextHops.addPrefix(ipv4("10.77.0.0"), 16);
    nextHops.addGateway(ipv4("10.77.0.1"));
    nextHops.addGateway(ipv4("192.168.7.1"));
    nextHops.addBroadcast(ipv4("10.77.255.255"));
    nextHops.addPrefix(IpAddress.parse("fd77::"), 64);
    nextHops.addPrefix(IpAddress.parse("fe80::"), 64);
    nextHops.addGateway(IpAddress.parse("fd99::1"));
    network =
        PodNetwork.of(
            new PodNetwork.Interface(7, usable, OWN_MAC, 1500),
            List.of(
                ipv4("10.77.0.2"),
                ipv4("10.77.9.9"),
                IpAddress.parse("fd77::2"),
                IpAddress.parse("fe80::ff:fe00:2")),
            nextHops.build(),
            NeighbourTable.of(neighbours));
  }

  @Override
  public PodNetwork network(int pod) {
    return pod == 3 ? network : PodNetwork.GONE;
  }

  @Override
  public boolean request(int pod, long high, long low) {
    requested.add(new IpAddress(high, low));
    return true;
  }

  @Override
  public boolean doubt(int pod, long high, long low) {
    doubted.add(new IpAddress(high, low));
    return true;
  }
}
