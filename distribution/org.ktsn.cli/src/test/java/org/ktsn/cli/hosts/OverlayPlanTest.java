package org.ktsn.cli.hosts;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonParser;
import org.junit.jupiter.api.Test;

/** Where the listener's pod is when it is on another host. */
final class OverlayPlanTest {
  @Test
  void shouldGiveTheListenerTheLastAddressOfTheTalkersSubnet() {
    assertEquals(
        new OverlayPlan("02:00:00:00:00:01", "10.77.0.2", "10.77.255.254", 16),
        OverlayPlan.of(
            JsonParser.parseString(
                    """
                    {"mac": "02:00:00:00:00:01", "addresses": ["10.77.0.2/16", "fd77::2/64"]}""")
                .getAsJsonObject()));
    assertEquals("192.0.2.254", OverlayPlan.lastHost("192.0.2.9", 24));
    assertEquals("10.255.255.254", OverlayPlan.lastHost("10.1.2.3", 8));
    assertEquals("198.51.100.6", OverlayPlan.lastHost("198.51.100.2", 29));
  }
}
