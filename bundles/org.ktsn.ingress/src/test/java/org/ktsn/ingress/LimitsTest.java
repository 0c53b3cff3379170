package org.ktsn.ingress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** What keeps a pod from taking more than its part of the channel and of the log. */
final class LimitsTest {
  @Test
  void shouldGiveAPodItsAllowanceOnceATick() {
    Allowance allowance = new Allowance();
    for (int i = 0; i < Allowance.EVENTS_PER_TICK; i++) {
      assertTrue(allowance.take());
    }
    assertFalse(allowance.take());
    allowance.pause();
    assertTrue(allowance.isPaused());
    allowance.renew();
    assertFalse(allowance.isPaused());
    assertTrue(allowance.take());
  }

  @Test
  void shouldMuteADoorbellThatRingsForNothingAndHearItAgain() {
    DoorbellWatch watch = new DoorbellWatch();
    for (int i = 1; i < DoorbellWatch.RINGS_PER_WINDOW; i++) {
      assertFalse(watch.rang(i));
    }
    assertFalse(watch.beginMute(0));
    assertTrue(watch.rang(DoorbellWatch.WINDOW_NS - 1));
    assertTrue(watch.beginMute(10));
    assertFalse(watch.beginMute(11), "once");
    assertTrue(watch.isMuted());
    assertFalse(watch.endMute(10 + DoorbellWatch.MUTE_NS - 1));
    assertTrue(watch.endMute(10 + DoorbellWatch.MUTE_NS));
    assertFalse(watch.isMuted());
    assertFalse(watch.beginMute(DoorbellWatch.MUTE_NS + 11));
  }

  @Test
  void shouldMindNoRingsThatAreRare() {
    DoorbellWatch watch = new DoorbellWatch();
    long intervalNs = DoorbellWatch.WINDOW_NS / (DoorbellWatch.RINGS_PER_WINDOW - 2);
    for (int i = 0; i < 10 * DoorbellWatch.RINGS_PER_WINDOW; i++) {
      assertFalse(watch.rang(i * intervalNs), "ring " + i);
    }
  }

  @Test
  void shouldTellOfAnEventOnceInTenSecondsAndHowOftenItHappened() {
    RareEvent event = new RareEvent();
    assertEquals(1, event.happened(-5));
    for (int i = 0; i < 1000; i++) {
      assertEquals(0, event.happened(i));
    }
    assertEquals(1001, event.happened(RareEvent.SPACE_NS));
    assertEquals(0, event.happened(RareEvent.SPACE_NS + 1));
  }

  @Test
  void shouldReadTheLimitOfOpenFiles() {
    String limits =
        """
        Limit                     Soft Limit           Hard Limit           Units
        Max processes             95963                95963                processes
        Max open files            4096                 524288               files
        """;
    assertEquals(4096, OpenFiles.limit(limits));
    assertEquals(Integer.MAX_VALUE, OpenFiles.limit(limits.replace("4096 ", "unlimited ")));
    assertEquals(1024, OpenFiles.limit("nothing"));
    assertTrue(OpenFiles.limit() > 0);
  }
}
