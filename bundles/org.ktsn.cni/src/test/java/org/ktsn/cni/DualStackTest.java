package org.ktsn.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ktsn.api.pod.PodAssignment;

/** An address manager that gives an address of each family, as host-local with two ranges does. */
class DualStackTest {
  private static final String IPS =
      "\"ips\":[{%s\"address\":\"192.0.2.7/24\",\"gateway\":\"192.0.2.1\"},"
          + "{%s\"address\":\"2001:db8::7/64\",\"gateway\":\"2001:db8::1\"}]";

  @TempDir private Path directory;
  private Bench bench;

  @BeforeEach
  void begin() throws IOException {
    bench = new Bench(directory);
  }

  private JsonObject add(String version, String firstFields, String secondFields) {
    bench.addresses.instead.put(
        "ADD",
        new PluginRunner.Outcome(
            0,
            "{\"cniVersion\":\""
                + version
                + "\","
                + IPS.formatted(firstFields, secondFields)
                + ",\"routes\":[{\"dst\":\"0.0.0.0/0\"},{\"dst\":\"::/0\"},"
                + "{\"dst\":\"2001:db8:9::/48\",\"gw\":\"2001:db8::9\"}]}",
            ""));
    CniHandler.Reply reply = bench.run(bench.environment("ADD"), Bench.config(version));
    assertEquals(0, reply.exitCode(), reply.output());
    return JsonParser.parseString(reply.output()).getAsJsonObject();
  }

  @Test
  void shouldAttachWithBothAddressesAndEachFamilysGateway() {
    JsonObject result = add("1.0.0", "", "");
    PodAssignment assignment = bench.pods.requests.getFirst().assignment();
    assertEquals(List.of("192.0.2.7/24", "2001:db8::7/64"), assignment.addresses());
    assertEquals(
        List.of(
            new PodAssignment.Route("0.0.0.0/0", "192.0.2.1"),
            new PodAssignment.Route("::/0", "2001:db8::1"),
            new PodAssignment.Route("2001:db8:9::/48", "2001:db8::9")),
        assignment.routes());
    assertEquals(
        "2001:db8::7/64",
        result.getAsJsonArray("ips").get(1).getAsJsonObject().get("address").getAsString());
  }

  @Test
  void shouldSayEachAddresssFamilyInTheVersionsThatHaveThat() {
    JsonObject result = add("0.4.0", "\"version\":\"4\",", "\"version\":\"6\",");
    List<String> families =
        result.getAsJsonArray("ips").asList().stream()
            .map(ip -> ip.getAsJsonObject().get("version").getAsString())
            .toList();
    assertEquals(List.of("4", "6"), families);
  }
}
