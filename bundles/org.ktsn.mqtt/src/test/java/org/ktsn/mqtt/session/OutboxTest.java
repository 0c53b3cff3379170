package org.ktsn.mqtt.session;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonPrimitive;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.ktsn.mqtt.session.Outbound.Delivery;

class OutboxTest {
  private static Outbound state(String topic, int value) {
    return Outbound.json(topic, new JsonPrimitive(value), Delivery.STATE);
  }

  private static Outbound message(int value) {
    return Outbound.json("m", new JsonPrimitive(value), Delivery.MESSAGE);
  }

  private static List<String> drain(Outbox outbox) {
    List<String> all = new ArrayList<>();
    for (Optional<Outbound> next = outbox.poll(); next.isPresent(); next = outbox.poll()) {
      all.add(
          next.get().topic()
              + new String(next.get().payload(), java.nio.charset.StandardCharsets.UTF_8));
    }
    return all;
  }

  @Test
  void shouldKeepOfStateTheLastOnly() {
    Outbox outbox = new Outbox(10);
    outbox.add(state("s", 1));
    outbox.add(message(2));
    outbox.add(state("s", 3));
    outbox.add(state("t", 4));
    assertEquals(List.of("m2", "s3", "t4"), drain(outbox));
  }

  @Test
  void shouldDropTheOldestMessagesAndNoState() {
    Outbox outbox = new Outbox(3);
    outbox.add(state("s", 0));
    for (int i = 1; i <= 1_000; i++) {
      outbox.add(message(i));
    }
    assertEquals(4, outbox.size());
    assertEquals(997, outbox.dropped());
    assertEquals(List.of("s0", "m998", "m999", "m1000"), drain(outbox));
  }

  @Test
  void shouldPutBackFirstWhatWasNotAcknowledgedUnlessThereIsNewerState() {
    Outbox outbox = new Outbox(10);
    outbox.add(state("s", 5));
    outbox.add(message(6));
    outbox.addFirst(List.of(message(1), state("s", 2), state("t", 3)));
    assertEquals(List.of("m1", "t3", "s5", "m6"), drain(outbox));
  }
}
