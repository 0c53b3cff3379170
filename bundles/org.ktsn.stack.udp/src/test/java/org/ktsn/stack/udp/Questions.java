package org.ktsn.stack.udp;

/** Asks a pod's network about whole addresses. */
final class Questions {
  private Questions() {}

  static boolean owns(PodNetwork network, IpAddress address) {
    return network.owns(address.high(), address.low());
  }

  static long neighbour(PodNetwork network, IpAddress address) {
    return network.neighbour(address.high(), address.low());
  }

  static long route(PodNetwork network, IpAddress destination, IpAddress nextHop) {
    return network.route(destination.high(), destination.low(), nextHop.high(), nextHop.low());
  }
}
