package org.ktsn.shaper.cbs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.shaper.CreditView;
import org.ktsn.shaper.contract.SimulatedFrames;

class CbsShaperFactoryTest {
  private static final PortModel GIGABIT = new PortModel(1_000_000_000L, 0);

  @Test
  void shouldReadTheSlopesOfSeveralClasses() {
    CreditView credits = create("7=20000000, 6 = 10000000");
    assertTrue(credits.isCreditBased(7));
    assertTrue(credits.isCreditBased(6));
    assertFalse(credits.isCreditBased(5));
    assertEquals(10_000_000, credits.idleSlopeBitsPerSecond(6, 0));
    assertEquals(-990_000_000, credits.sendSlopeBitsPerSecond(6, 0));
    assertEquals(0, credits.sendSlopeBitsPerSecond(5, 0));
  }

  @Test
  void shouldShapeNothingWithoutSlopes() {
    CreditView credits = create("");
    for (int c = 0; c < 8; c++) {
      assertFalse(credits.isCreditBased(c));
      assertEquals(0, credits.creditBits(c, 5));
      assertEquals(0, credits.hiCreditBits(c, 5));
    }
  }

  @Test
  void shouldRefuseMoreThanThePortsRateWithTheNumbers() {
    String message =
        assertThrows(IllegalArgumentException.class, () -> create("7=600000000,5=400000001"))
            .getMessage();
    assertEquals(
        "the idle slopes claim 1000000001 bit/s (class 7: 600000000, class 5: 400000001), the port"
            + " has 1000000000; lower idle.slopes by 1 bit/s or configure the port's rate",
        message);
  }

  @Test
  void shouldAdmitThePortsWholeRate() {
    assertEquals(400_000_000, create("7=600000000,5=400000000").idleSlopeBitsPerSecond(5, 0));
  }

  @ParameterizedTest
  @ValueSource(strings = {"7", "7:20", "8=20", "-1=20", "7=20,", "7=20;6=10", "=20", "7=20=30"})
  void shouldRefuseWhatIsNoListOfSlopes(String text) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> IdleSlopes.parse(text)).getMessage();
    assertTrue(message.startsWith("idle.slopes "), message);
    assertTrue(message.contains("; give "), message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"7=0", "7=-5", "7=2.5", "7=20M", "7=99999999999999", "7="})
  void shouldRefuseWhatIsNoSlope(String text) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> IdleSlopes.parse(text)).getMessage();
    assertTrue(message.endsWith("; give whole bits per second, 1 or more"), message);
  }

  @Test
  void shouldRefuseAClassThatIsNamedTwice() {
    assertEquals(
        "idle.slopes names class 7 twice; give each class once",
        assertThrows(IllegalArgumentException.class, () -> IdleSlopes.parse("7=1,6=2,7=3"))
            .getMessage());
  }

  @Test
  void shouldNameTheRemedyForAWrongConfiguration() {
    assertEquals("missed is 'keep'; give requeue or drop", refusal(1_518, "keep", 0));
    assertEquals("max.frame.octets is 59; give 60 to 65535", refusal(59, "drop", 0));
    assertEquals("max.lateness.ns is -1; give 0 to 10000000000", refusal(1_518, "drop", -1));
  }

  private static String refusal(int maxFrameOctets, String missed, long maxLatenessNs) {
    return assertThrows(
            IllegalArgumentException.class,
            () -> new CbsShaperFactory("", false, maxFrameOctets, missed, maxLatenessNs))
        .getMessage();
  }

  private static CreditView create(String slopes) {
    return (CreditView)
        new CbsShaperFactory(slopes, false, 1_518, "requeue", 0)
            .create(new SimulatedFrames(1), GIGABIT, GateSchedule.open());
  }
}
