package org.ktsn.stack.udp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.ktsn.stack.udp.TestDatagram.ipv4;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

final class RtnetlinkReaderTest {
  private final List<RouteMessage> read = new ArrayList<>();

  private boolean read(byte[] octets) {
    MemorySegment memory = Arena.ofAuto().allocate(Math.max(1, octets.length), 8);
    MemorySegment.copy(octets, 0, memory, ValueLayout.JAVA_BYTE, 0, octets.length);
    return RtnetlinkReader.read(memory, octets.length, read::add);
  }

  private static byte[] kernelDatagram() {
    return new MessageBuilder()
        .begin(Rtnetlink.RTM_NEWLINK, Rtnetlink.NLM_F_MULTI, 5)
        .word(0)
        .word(7)
        .word(Rtnetlink.IFF_UP | Rtnetlink.IFF_LOWER_UP)
        .word(0)
        .text(Rtnetlink.IFLA_IFNAME, "tsn0")
        .attribute(Rtnetlink.IFLA_MTU, 1450)
        .mac(Rtnetlink.IFLA_ADDRESS, "02:00:00:00:00:02")
        .end()
        .begin(Rtnetlink.RTM_NEWADDR, Rtnetlink.NLM_F_MULTI | Rtnetlink.NLM_F_DUMP_INTR, 6)
        .octet(Rtnetlink.AF_INET)
        .octet(16)
        .half(0)
        .word(7)
        .address(Rtnetlink.IFA_ADDRESS, "10.77.0.99")
        .address(Rtnetlink.IFA_LOCAL, "10.77.0.2")
        .end()
        .begin(Rtnetlink.RTM_NEWROUTE, 0, 7)
        .octet(Rtnetlink.AF_INET)
        .octet(24)
        .half(0)
        .octet(254)
        .half(0)
        .octet(Rtnetlink.RTN_UNICAST)
        .word(0)
        .address(Rtnetlink.RTA_DST, "192.0.2.0")
        .attribute(Rtnetlink.RTA_TABLE, 1000)
        .attribute(Rtnetlink.RTA_PRIORITY, 50)
        .address(Rtnetlink.RTA_GATEWAY, "10.77.0.1")
        .attribute(Rtnetlink.RTA_OIF, 7)
        .end()
        .begin(Rtnetlink.RTM_DELNEIGH, 0, 0)
        .octet(Rtnetlink.AF_INET)
        .octet(0)
        .half(0)
        .word(7)
        .half(Rtnetlink.NUD_STALE)
        .half(0)
        .address(Rtnetlink.NDA_DST, "10.77.0.3")
        .mac(Rtnetlink.NDA_LLADDR, "02:00:00:00:00:03")
        .end()
        .begin(Rtnetlink.NLMSG_DONE, Rtnetlink.NLM_F_MULTI, 8)
        .word(0)
        .end()
        .build();
  }

  @Test
  void shouldReadEveryKindOfMessage() {
    assertTrue(read(kernelDatagram()));
    assertEquals(
        List.of(
            new RouteMessage(
                5,
                true,
                false,
                new RouteMessage.Link(
                    false,
                    7,
                    Rtnetlink.IFF_UP | Rtnetlink.IFF_LOWER_UP,
                    "tsn0",
                    OptionalLong.of(0x0200_0000_0002L),
                    1450)),
            new RouteMessage(
                6, true, true, new RouteMessage.Address(false, 7, ipv4("10.77.0.2"), 16)),
            new RouteMessage(
                7,
                false,
                false,
                new RouteMessage.Route(
                    false,
                    1000,
                    Rtnetlink.RTN_UNICAST,
                    ipv4("192.0.2.0"),
                    24,
                    0,
                    0,
                    50,
                    List.of(new RouteMessage.Hop(7, ipv4("10.77.0.1"), 0, true)))),
            new RouteMessage(
                0,
                false,
                false,
                new RouteMessage.Neighbour(
                    true,
                    7,
                    0,
                    Rtnetlink.NUD_STALE,
                    ipv4("10.77.0.3"),
                    OptionalLong.of(0x0200_0000_0003L))),
            new RouteMessage(8, true, false, new RouteMessage.Done(0))),
        read);
  }

  @Test
  void shouldReadRefusal() {
    byte[] refusal =
        new MessageBuilder().begin(Rtnetlink.NLMSG_ERROR, 0, 3).word(-16).end().build();
    assertTrue(read(refusal));
    assertEquals(new RouteMessage.Refused(16), read.getFirst().content());
  }

  @Test
  void shouldSkipWhatIsOfAnotherFamily() {
    byte[] other =
        new MessageBuilder()
            .begin(Rtnetlink.RTM_NEWADDR, 0, 0)
            .octet(28)
            .octet(64)
            .half(0)
            .word(7)
            .end()
            .build();
    assertTrue(read(other));
    assertEquals(new RouteMessage.Other(Rtnetlink.RTM_NEWADDR), read.getFirst().content());
  }

  @Test
  void shouldKeepSoundMessagesBesideBadOne() {
    byte[] datagram =
        new MessageBuilder()
            .begin(Rtnetlink.RTM_NEWLINK, 0, 0)
            .word(0)
            .end()
            .begin(Rtnetlink.NLMSG_DONE, 0, 9)
            .word(0)
            .end()
            .build();
    assertFalse(read(datagram));
    assertEquals(1, read.size());
  }

  @Property
  void shouldNeverThrowOnAnyOctets(@ForAll @Size(max = 300) byte[] octets) {
    read(octets);
  }

  @Property
  void shouldNeverThrowOnDamagedMessages(
      @ForAll @IntRange(max = 300) int place,
      @ForAll byte value,
      @ForAll @IntRange(max = 60) int cut) {
    byte[] octets = kernelDatagram();
    octets[place % octets.length] = value;
    read(Arrays.copyOf(octets, octets.length - cut));
  }

  @Test
  void shouldReadIpv6AddressesRoutesAndNeighbours() {
    byte[] datagram =
        new MessageBuilder()
            .begin(Rtnetlink.RTM_NEWADDR, 0, 1)
            .octet(Rtnetlink.AF_INET6)
            .octet(64)
            .half(0)
            .word(7)
            .address(Rtnetlink.IFA_ADDRESS, "fd77::2")
            .end()
            .begin(Rtnetlink.RTM_NEWROUTE, 0, 2)
            .octet(Rtnetlink.AF_INET6)
            .octet(32)
            .half(0)
            .octet(Rtnetlink.RT_TABLE_MAIN)
            .half(0)
            .octet(Rtnetlink.RTN_UNICAST)
            .word(0)
            .address(Rtnetlink.RTA_DST, "2001:db8:ffff::1")
            .address(Rtnetlink.RTA_GATEWAY, "fe80::1")
            .attribute(Rtnetlink.RTA_OIF, 7)
            .end()
            .begin(Rtnetlink.RTM_NEWNEIGH, 0, 3)
            .octet(Rtnetlink.AF_INET6)
            .octet(0)
            .half(0)
            .word(7)
            .half(Rtnetlink.NUD_REACHABLE)
            .half(0)
            .address(Rtnetlink.NDA_DST, "fe80::1")
            .mac(Rtnetlink.NDA_LLADDR, "02:00:00:00:00:03")
            .end()
            .build();
    List<RouteMessage.Content> read = new ArrayList<>();
    MemorySegment memory = Arena.ofAuto().allocate(datagram.length, 8);
    MemorySegment.copy(datagram, 0, memory, ValueLayout.JAVA_BYTE, 0, datagram.length);
    assertTrue(
        RtnetlinkReader.read(memory, datagram.length, message -> read.add(message.content())));
    assertEquals(
        List.of(
            new RouteMessage.Address(false, 7, IpAddress.parse("fd77::2"), 64),
            new RouteMessage.Route(
                false,
                Rtnetlink.RT_TABLE_MAIN,
                Rtnetlink.RTN_UNICAST,
                IpAddress.parse("2001:db8::"),
                32,
                0,
                0,
                0,
                List.of(new RouteMessage.Hop(7, IpAddress.parse("fe80::1"), 0, true))),
            new RouteMessage.Neighbour(
                false,
                7,
                0,
                Rtnetlink.NUD_REACHABLE,
                IpAddress.parse("fe80::1"),
                OptionalLong.of(0x0200_0000_0003L))),
        read);
  }
}
