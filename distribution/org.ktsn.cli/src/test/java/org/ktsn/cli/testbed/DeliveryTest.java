package org.ktsn.cli.testbed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.testbed.Arrivals.Arrival;

class DeliveryTest {
  private static final long PERIOD = 1000;

  @Test
  void shouldMeasureLatencyFromLaunchTimeToArrival() {
    Delivery delivery = Delivery.of(3, PERIOD, List.of(at(0, 30), at(1, 25), at(2, 45)));
    assertArrayEquals(new long[] {30, 25, 45}, delivery.latencyNs());
  }

  @Test
  void shouldMeasureJitterAgainstTheArrivalBefore() {
    Delivery delivery = Delivery.of(3, PERIOD, List.of(at(0, 30), at(1, 25), at(2, 45)));
    assertArrayEquals(new long[] {5, 20}, delivery.jitterNs());
  }

  @Test
  void shouldMeasureJitterOnlyBetweenNeighboursThatBothArrived() {
    Delivery delivery = Delivery.of(5, PERIOD, List.of(at(0, 30), at(2, 99), at(3, 100)));
    assertArrayEquals(new long[] {1}, delivery.jitterNs());
    assertEquals(2, delivery.lost());
  }

  @Test
  void shouldCountACopyAsDuplicatedAndMeasureTheFirst() {
    Delivery delivery = Delivery.of(2, PERIOD, List.of(at(0, 30), at(0, 500), at(1, 30)));
    assertEquals(1, delivery.duplicated());
    assertEquals(2, delivery.received());
    assertEquals(0, delivery.reordered());
    assertArrayEquals(new long[] {30, 30}, delivery.latencyNs());
  }

  @Test
  void shouldCountADatagramThatWasOvertakenAsReordered() {
    Delivery delivery = Delivery.of(4, PERIOD, List.of(at(0, 1), at(3, 1), at(1, 1), at(2, 1)));
    assertEquals(2, delivery.reordered());
    assertEquals(0, delivery.lost());
    assertEquals(3, delivery.jitterNs().length);
  }

  @Test
  void shouldHaveNothingToMeasureWhereNothingArrived() {
    Delivery delivery = Delivery.of(4, PERIOD, List.of());
    assertEquals(4, delivery.lost());
    assertEquals(0, delivery.latencyNs().length);
    assertEquals(0, delivery.jitterNs().length);
  }

  @Test
  void shouldRefuseADatagramThatWasNeverSent() {
    List<Arrival> datagrams = List.of(at(4, 1));
    CommandFailure refusal =
        assertThrows(CommandFailure.class, () -> Delivery.of(4, PERIOD, datagrams));
    assertEquals(
        "Datagram 4 arrived, and only 4 were sent: another talker uses the same port.",
        refusal.getMessage());
  }

  @Property
  void shouldAccountForEveryArrival(
      @ForAll @Size(max = 60) List<@IntRange(min = 0, max = 19) Integer> sequences) {
    List<Arrival> datagrams = new ArrayList<>();
    sequences.forEach(sequence -> datagrams.add(at(sequence, 7)));
    Delivery delivery = Delivery.of(20, PERIOD, datagrams);
    assertEquals(sequences.size(), delivery.received() + delivery.duplicated());
    assertEquals(sequences.stream().distinct().count(), delivery.received());
    assertEquals(20 - delivery.received(), delivery.lost());
    for (long jitter : delivery.jitterNs()) {
      assertEquals(0, jitter, "all have the same latency");
    }
  }

  private static Arrival at(int sequence, long latency) {
    long launch = 1_000_000 + sequence * PERIOD;
    return new Arrival(sequence, 256, launch, launch + latency);
  }
}
