package org.ktsn.mqtt.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class BrokerTest {
  @Test
  void shouldReadAListOfAddresses() {
    assertEquals(
        List.of(
            new Broker("a.example", 8883, true),
            new Broker("10.0.0.1", 1884, false),
            new Broker("[::1]", 1883, false)),
        Broker.parseAll(" mqtts://a.example , mqtt://10.0.0.1:1884,mqtt://[::1]/,"));
    assertEquals("mqtts://a.example:8883", Broker.parse("mqtts://a.example").toString());
  }

  @Test
  void shouldRefuseWhatIsNoBroker() {
    for (String text :
        List.of(
            "localhost",
            "tcp://x:1",
            "mqtt://",
            "mqtt://user@x",
            "mqtt://x/topic",
            "mqtt://x?y",
            "mqtt:x",
            "mqtt://a b")) {
      String message =
          assertThrows(IllegalArgumentException.class, () -> Broker.parse(text)).getMessage();
      assertTrue(message.startsWith("'" + text + "' is no broker; give mqtt://"), message);
    }
  }
}
