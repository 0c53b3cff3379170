package org.ktsn.itests;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A network without KTSN whose link is as slow as a program's launch times: a socket's buffer is
 * full there as a pod's queue is, and the kernel says when there is room. A network namespace with
 * both ends of a link, the one behind a token bucket; what arrives at the other belongs to nobody.
 */
final class KernelQueue implements AutoCloseable {
  /** Who is at the far end of the link. */
  static final String PEER = "192.0.2.2";

  private static final String NAME = "ktitfull";
  private static final String PEER_MAC = "02:00:00:00:00:02";

  private KernelQueue() {}

  /**
   * Makes it.
   *
   * @param frames how many frames of so many octets leave in a second
   */
  static KernelQueue draining(int frames, int octets) {
    KernelQueue queue = new KernelQueue();
    queue.close(); // of a run that was ended
    root("ip netns add " + NAME).expect(0);
    queue.in("ip link add near0 type veth peer name far0");
    queue.in("ip link set far0 address " + PEER_MAC + " up");
    queue.in("ip link set near0 up");
    queue.in("ip addr add 192.0.2.1/24 dev near0");
    queue.in("ip neigh add " + PEER + " lladdr " + PEER_MAC + " dev near0");
    long bitsPerSecond = 8L * frames * octets;
    // The bucket takes more than a socket may have in flight: the socket's buffer is what fills.
    queue.in(
        "tc qdisc add dev near0 root tbf rate " + bitsPerSecond + "bit burst 4096 limit 10000000");
    return queue;
  }

  /** Starts a program there. */
  Command exec(String... words) {
    List<String> all = new ArrayList<>(List.of("ip", "netns", "exec", NAME));
    all.addAll(List.of(words));
    return Command.start(Map.of(), all);
  }

  private void in(String command) {
    exec(command.split(" ", -1)).end(10).expect(0);
  }

  private static Command root(String command) {
    return Command.start(Map.of(), List.of(command.split(" ", -1))).end(10);
  }

  @Override
  public void close() {
    root("ip netns del " + NAME);
  }
}
