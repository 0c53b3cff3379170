package org.ktsn.stack.udp;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * A kernel with one interface, tsn0, that answers dumps as told by a test, and records what else it
 * is asked.
 */
final class FakeKernel implements RouteSocket {
  static final int INDEX = 7;

  final List<IpAddress> used = new ArrayList<>();
  final Deque<byte[]> queue = new ArrayDeque<>();
  String address = "10.77.0.2";
  String name = "tsn0";
  int neighbourState = Rtnetlink.NUD_REACHABLE;
  int interruptedDumps;
  int refusedDumps;
  int linkDumps;
  int neighbourDumps;
  private static final byte[] OVERRUN_MARK = {};

  void overrun() {
    queue.add(OVERRUN_MARK);
  }

  void news(MessageBuilder message) {
    queue.add(message.build());
  }

  void newsOfAddress() {
    news(message(Rtnetlink.RTM_NEWADDR, 0, 0));
  }

  void newsOfRemoval() {
    news(
        new MessageBuilder()
            .begin(Rtnetlink.RTM_DELLINK, 0, 0)
            .word(0)
            .word(INDEX)
            .word(0)
            .word(0)
            .text(Rtnetlink.IFLA_IFNAME, name)
            .end());
  }

  void newsOfNeighbour(int type, int state, int sequence) {
    news(neighbour(new MessageBuilder(), type, 0, sequence, state));
  }

  private MessageBuilder message(int type, int flags, int sequence) {
    MessageBuilder builder = new MessageBuilder();
    return switch (type) {
      case Rtnetlink.RTM_NEWLINK ->
          builder
              .begin(type, flags, sequence)
              .word(0)
              .word(INDEX)
              .word(Rtnetlink.IFF_UP | Rtnetlink.IFF_LOWER_UP)
              .word(0)
              .text(Rtnetlink.IFLA_IFNAME, name)
              .attribute(Rtnetlink.IFLA_MTU, 1500)
              .mac(Rtnetlink.IFLA_ADDRESS, "02:00:00:00:00:02")
              .end();
      case Rtnetlink.RTM_NEWADDR ->
          builder
              .begin(type, flags, sequence)
              .octet(Rtnetlink.AF_INET)
              .octet(16)
              .half(0)
              .word(INDEX)
              .address(Rtnetlink.IFA_LOCAL, address)
              .end();
      case Rtnetlink.RTM_NEWROUTE ->
          builder
              .begin(type, flags, sequence)
              .octet(Rtnetlink.AF_INET)
              .octet(16)
              .half(0)
              .octet(Rtnetlink.RT_TABLE_MAIN)
              .half(0)
              .octet(Rtnetlink.RTN_UNICAST)
              .word(0)
              .address(Rtnetlink.RTA_DST, "10.77.0.0")
              .attribute(Rtnetlink.RTA_OIF, INDEX)
              .end();
      default -> throw new IllegalArgumentException("type " + type);
    };
  }

  private static MessageBuilder neighbour(
      MessageBuilder builder, int type, int flags, int sequence, int state) {
    return builder
        .begin(type, flags, sequence)
        .octet(Rtnetlink.AF_INET)
        .octet(0)
        .half(0)
        .word(INDEX)
        .half(state)
        .half(0)
        .address(Rtnetlink.NDA_DST, "10.77.0.3")
        .mac(Rtnetlink.NDA_LLADDR, "02:00:00:00:00:03")
        .end();
  }

  @Override
  public int fd() {
    return -1;
  }

  @Override
  public void send(MemorySegment message, int length) {
    int type = message.get(ValueLayout.JAVA_SHORT, 4) & 0xffff;
    int sequence = message.get(ValueLayout.JAVA_INT, 8);
    if (type == Rtnetlink.RTM_NEWNEIGH) {
      used.add(IpAddress.ipv4(Integer.reverseBytes(message.get(ValueLayout.JAVA_INT, 32))));
    } else if (refusedDumps > 0) {
      refusedDumps--;
      news(new MessageBuilder().begin(Rtnetlink.NLMSG_ERROR, 0, sequence).word(-16).end());
    } else {
      answer(type, sequence);
    }
  }

  private void answer(int type, int sequence) {
    int flags = Rtnetlink.NLM_F_MULTI;
    if (type == Rtnetlink.RTM_GETLINK && interruptedDumps-- > 0) {
      flags |= Rtnetlink.NLM_F_DUMP_INTR;
    }
    switch (type) {
      case Rtnetlink.RTM_GETLINK -> {
        linkDumps++;
        news(message(Rtnetlink.RTM_NEWLINK, flags, sequence));
      }
      case Rtnetlink.RTM_GETADDR -> news(message(Rtnetlink.RTM_NEWADDR, flags, sequence));
      case Rtnetlink.RTM_GETROUTE -> news(message(Rtnetlink.RTM_NEWROUTE, flags, sequence));
      case Rtnetlink.RTM_GETNEIGH -> {
        neighbourDumps++;
        news(
            neighbour(
                new MessageBuilder(), Rtnetlink.RTM_NEWNEIGH, flags, sequence, neighbourState));
      }
      default -> {}
    }
    news(new MessageBuilder().begin(Rtnetlink.NLMSG_DONE, flags, sequence).word(0).end());
  }

  @Override
  public int receive(MemorySegment buffer) {
    byte[] next = queue.poll();
    if (next == null) {
      return 0;
    }
    if (next.length == 0) {
      return OVERRUN;
    }
    MemorySegment.copy(next, 0, buffer, ValueLayout.JAVA_BYTE, 0, next.length);
    return next.length;
  }

  @Override
  public void close() {}
}
