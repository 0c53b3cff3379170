package org.ktsn.stack.udp;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.api.stack.AddressFamily;
import org.ktsn.api.stack.Datagram;
import org.ktsn.api.stack.EncodedFrame;

/**
 * Has a stack of its own write frames of made-up datagrams in a made-up network, so that the
 * virtual machine has compiled the stack's code before the first program sends: the planner runs
 * it, and what runs for the first time is interpreted, twenty times as slowly.
 */
final class StackRehearsal {
  private static final int ROUNDS = 2_000;
  private static final int FRAME_OCTETS = 512;
  private static final int PAYLOAD_OCTETS = 128;
  private static final MacAddress OWN = MacAddress.parse("02:00:00:00:00:01");
  private static final MacAddress PEER = MacAddress.parse("02:00:00:00:00:02");

  private StackRehearsal() {}

  /** Plays it; returns how many frames were written. */
  static int run() {
    int written = 0;
    try (Arena arena = Arena.ofShared()) {
      long frame = arena.allocate(FRAME_OCTETS, 64).address();
      long payload = arena.allocate(PAYLOAD_OCTETS, 8).address();
      UdpStack stack = new UdpStack(Tagging.parse("none", 0, ""), new OneNetwork());
      EncodedFrame out = new EncodedFrame();
      List<MadeUp> datagrams =
          List.of(
              new MadeUp(
                  AddressFamily.INET,
                  IpAddress.parse("192.0.2.1"),
                  IpAddress.parse("192.0.2.2"),
                  payload),
              new MadeUp(
                  AddressFamily.INET6,
                  IpAddress.parse("2001:db8::1"),
                  IpAddress.parse("2001:db8::2"),
                  payload));
      for (int round = 0; round < ROUNDS; round++) {
        for (MadeUp datagram : datagrams) {
          Verdict verdict = stack.encode(datagram, frame, FRAME_OCTETS, out);
          written += verdict == Verdict.ACCEPTED ? 1 : 0;
        }
      }
    }
    return written;
  }

  /** A pod beside another one, whose link address is known. */
  private static final class OneNetwork implements PodNetworks {
    private final PodNetwork network;

    OneNetwork() {
      NextHops.Builder nextHops = new NextHops.Builder();
      nextHops.addPrefix(IpAddress.parse("192.0.2.0"), 24);
      nextHops.addPrefix(IpAddress.parse("2001:db8::"), 64);
      long peer = NeighbourTable.entry(NeighbourTable.REACHABLE, PEER.value());
      network =
          PodNetwork.of(
              new PodNetwork.Interface(1, true, OWN, 1500),
              List.of(IpAddress.parse("192.0.2.1"), IpAddress.parse("2001:db8::1")),
              nextHops.build(),
              NeighbourTable.of(
                  Map.of(
                      IpAddress.parse("192.0.2.2"), peer, IpAddress.parse("2001:db8::2"), peer)));
    }

    @Override
    public PodNetwork network(int pod) {
      return network;
    }

    @Override
    public boolean request(int pod, long high, long low) {
      return true;
    }

    @Override
    public boolean doubt(int pod, long high, long low) {
      return true;
    }
  }

  private record MadeUp(
      AddressFamily family, IpAddress source, IpAddress destination, long payloadAddress)
      implements Datagram {
    private long high(IpAddress address) {
      return family == AddressFamily.INET6
          ? address.high()
          : AddressFamily.highOf(address.toIpv4());
    }

    private long low(IpAddress address) {
      return family == AddressFamily.INET6 ? address.low() : 0;
    }

    @Override
    public int pod() {
      return 0;
    }

    @Override
    public long launchTimeNs() {
      return 0;
    }

    @Override
    public boolean deadlineMode() {
      return false;
    }

    @Override
    public long sourceHigh() {
      return high(source);
    }

    @Override
    public long sourceLow() {
      return low(source);
    }

    @Override
    public long destinationHigh() {
      return high(destination);
    }

    @Override
    public long destinationLow() {
      return low(destination);
    }

    @Override
    public int sourcePort() {
      return 1;
    }

    @Override
    public int destinationPort() {
      return 1;
    }

    @Override
    public int tos() {
      return 0;
    }

    @Override
    public int ttl() {
      return 64;
    }

    @Override
    public int priority() {
      return 0;
    }

    @Override
    public boolean dontFragment() {
      return true;
    }

    @Override
    public boolean noChecksum() {
      return false;
    }

    @Override
    public int payloadLength() {
      return PAYLOAD_OCTETS;
    }
  }
}
