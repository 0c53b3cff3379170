package org.ktsn.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonParser;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ktsn.api.pod.Bandwidth;
import org.ktsn.api.pod.IngressLimit;

class BandwidthRequestTest {
  /** What go-cni makes of the annotation {@code kubernetes.io/egress-bandwidth: 10M}. */
  private static final String OF_CONTAINERD =
      "{\"IngressRate\":0,\"IngressBurst\":0,\"EgressRate\":10000000,\"EgressBurst\":4294967295}";

  /** What Multus hands on. */
  private static final String OF_MULTUS =
      "{\"egressRate\":10000000,\"egressBurst\":4294967295,\"ingressRate\":0,\"ingressBurst\":0}";

  @ParameterizedTest
  @ValueSource(
      strings = {
        OF_CONTAINERD,
        OF_MULTUS,
        "{\"egressrate\":10000000}",
        "{\"EGRESSRATE\":10000000,\"egressBurst\":2147483647}",
        "{\"EgressRate\":20000000,\"egressRate\":10000000}",
        "{\"egressRate\":20000000,\"EgressRate\":10000000}",
        "{\"egressRate\":10000000,\"EgressRate\":null}",
        "{\"EgressRate\":10000000,\"rate\":5}",
      })
  void shouldReadIdleSlopeWhateverTheCaseOfItsName(String given) {
    assertEquals(
        new BandwidthRequest(
            Optional.of(new Bandwidth(10_000_000, OptionalLong.empty())), Optional.empty()),
        parse(given));
  }

  @Test
  void shouldReadBothDirectionsInGosOwnNames() {
    assertEquals(
        new BandwidthRequest(
            Optional.of(new Bandwidth(2_000_000, OptionalLong.of(80_000))),
            Optional.of(new IngressLimit(1_000_000, 120_000))),
        parse(
            "{\"IngressRate\":1000000,\"IngressBurst\":120000,"
                + "\"EgressRate\":2000000,\"EgressBurst\":80000}"));
  }

  @Test
  void shouldTakeZerosInGosOwnNamesForNoRequest() {
    assertEquals(
        BandwidthRequest.NONE,
        parse("{\"IngressRate\":0,\"IngressBurst\":0,\"EgressRate\":0,\"EgressBurst\":0}"));
  }

  private static BandwidthRequest parse(String given) {
    return BandwidthRequest.parse(JsonParser.parseString(given).getAsJsonObject());
  }
}
