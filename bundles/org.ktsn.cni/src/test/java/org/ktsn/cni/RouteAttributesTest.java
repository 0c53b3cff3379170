package org.ktsn.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ktsn.api.pod.PodAssignment;

/** The attributes of a route that specification 1.1 has. */
class RouteAttributesTest {
  @TempDir private Path directory;
  private Bench bench;

  @BeforeEach
  void begin() throws IOException {
    bench = new Bench(directory);
  }

  private CniHandler.Reply add(String routes) {
    bench.addresses.instead.put(
        "ADD",
        new PluginRunner.Outcome(
            0,
            "{\"cniVersion\":\"1.1.0\",\"ips\":[{\"address\":\"192.0.2.7/24\",\"gateway\":\"192.0.2.1\"}],"
                + "\"routes\":["
                + routes
                + "]}",
            ""));
    return bench.run(bench.environment("ADD"), Bench.config("1.1.0"));
  }

  @Test
  void shouldAskForRoutesAsTheAddressManagerGaveThem() {
    String routes =
        "{\"dst\":\"10.98.0.0/16\",\"gw\":\"192.0.2.9\",\"table\":100},"
            + "{\"dst\":\"10.99.0.0/16\",\"priority\":50,\"mtu\":1300,\"advmss\":1260},"
            + "{\"dst\":\"10.97.0.0/16\",\"scope\":253},"
            + "{\"dst\":\"10.96.0.0/16\",\"table\":4294967295,\"priority\":4294967295,\"scope\":0},"
            + "{\"dst\":\"10.95.0.0/16\",\"table\":null,\"priority\":0,\"mtu\":0,\"advmss\":0,\"gw\":\"\"}";
    CniHandler.Reply reply = add(routes);
    assertEquals(0, reply.exitCode(), reply.output());
    assertEquals(
        List.of(
            new PodAssignment.Route(
                "10.98.0.0/16", "192.0.2.9", OptionalLong.of(100), 0, 0, 0, OptionalInt.empty()),
            new PodAssignment.Route(
                "10.99.0.0/16",
                "192.0.2.1",
                OptionalLong.empty(),
                50,
                1300,
                1260,
                OptionalInt.empty()),
            new PodAssignment.Route(
                "10.97.0.0/16", "", OptionalLong.empty(), 0, 0, 0, OptionalInt.of(253)),
            new PodAssignment.Route(
                "10.96.0.0/16",
                "192.0.2.1",
                OptionalLong.of(4_294_967_295L),
                4_294_967_295L,
                0,
                0,
                OptionalInt.of(0)),
            new PodAssignment.Route("10.95.0.0/16", "192.0.2.1")),
        bench.pods.requests.getFirst().assignment().routes());
    assertTrue(
        JsonParser.parseString(reply.output())
            .getAsJsonObject()
            .getAsJsonArray("routes")
            .toString()
            .contains("\"table\":100"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"table\":-1",
        "\"table\":4294967296",
        "\"table\":\"main\"",
        "\"table\":1e400",
        "\"priority\":-1",
        "\"priority\":4294967296",
        "\"priority\":99999999999999999999999",
        "\"mtu\":67",
        "\"mtu\":-1",
        "\"mtu\":65521",
        "\"mtu\":4294967296",
        "\"mtu\":1300.5",
        "\"mtu\":[1300]",
        "\"advmss\":-1",
        "\"advmss\":65496",
        "\"advmss\":true",
        "\"scope\":-1",
        "\"scope\":255",
        "\"scope\":256",
        "\"scope\":\"link\"",
        "\"scope\":253,\"gw\":\"192.0.2.1\"",
        "\"scope\":254,\"gw\":\"192.0.2.1\"",
      })
  void shouldRefuseValuesThatNoRouteHas(String attributes) throws IOException {
    CniHandler.Reply reply = add("{\"dst\":\"10.98.0.0/16\"," + attributes + "}");
    assertEquals(1, reply.exitCode());
    assertTrue(reply.output().contains("\"code\":101"), reply.output());
    assertTrue(reply.output().contains("10.98.0.0/16"), reply.output());
    assertFalse(reply.output().matches(".*[A-Z][A-Za-z]+\\[.*|.*Exception.*"), reply.output());
    assertEquals("0 pods, 0 records, 0 devices, 0 addresses", bench.left());
  }
}
