package org.ktsn.stack.packet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.api.pod.Pod;

final class KnownEndsTest {
  private static final int OWN = 0x0a4d0002;

  private final KnownEnds ends = new KnownEnds();

  private static Pod pod(int number) {
    return new Pod(
        "p" + number,
        number,
        Path.of("/run/netns/p"),
        "tsn0",
        "v" + number,
        MacAddress.parse("02:00:5e:10:00:01"),
        List.of("10.77.0.2/16", "10.77.1.2", "2001:db8::2/64"),
        Path.of("/run/ktsn/app.sock"));
  }

  @Test
  void shouldKnowAPodFromBothSidesInEitherOrder() {
    ends.network(1, 5, 1400, 1);
    assertSame(PodEnd.GONE, ends.of(1));
    ends.attached(pod(1));
    ends.attached(pod(2));
    assertTrue(ends.of(1).isUp());
    assertEquals(1400, ends.of(1).mtu());
    assertFalse(ends.of(2).isKnown());
    ends.network(2, 6, 9000, 1);
    assertEquals(9000, ends.of(2).mtu());
    ends.network(2, 0, 0, 2);
    assertTrue(ends.of(2).isKnown());
    assertFalse(ends.of(2).isUp());
  }

  @Test
  void shouldForgetAPodWithItsNetwork() {
    ends.network(1, 5, 1400, 1);
    ends.attached(pod(1));
    ends.detached(pod(1));
    assertSame(PodEnd.GONE, ends.of(1));
    ends.attached(pod(1));
    assertFalse(ends.of(1).isKnown());
  }

  @Test
  void shouldKnowThePodSAddresses() {
    ends.attached(pod(1));
    PodEnd end = ends.of(1);
    assertEquals(MacAddress.parse("02:00:5e:10:00:01"), end.mac());
    assertTrue(end.owns(OWN));
    assertTrue(end.owns(0x0a4d0102));
    assertFalse(end.owns(0x0a4d0003));
    assertFalse(end.owns(0));
    assertTrue(end.owns(0x20010db8_00000000L, 2));
    assertFalse(end.owns(0x20010db8_00000000L, 3));
    assertTrue(end.owns(0xfe80L << 48, 0x0000_5eff_fe10_0001L));
    assertFalse(end.owns(0xfe80L << 48, 0x0200_5eff_fe10_0001L));
    assertFalse(PodEnd.GONE.owns(OWN));
  }
}
