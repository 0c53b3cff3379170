package org.ktsn.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.api.pod.PodRequest;

/** A member that is 0, empty or null is as good as none, as for the reference plugins. */
class EmptyValuesTest {
  @TempDir private Path directory;
  private Bench bench;

  @BeforeEach
  void begin() throws IOException {
    bench = new Bench(directory);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"mtu\":0",
        "\"mtu\":null",
        "\"interface\":\"\"",
        "\"interface\":null",
        "\"runtimeConfig\":null",
        "\"runtimeConfig\":{\"mac\":\"\",\"ips\":[],\"bandwidth\":{}}",
        "\"runtimeConfig\":{\"mac\":null,\"ips\":null,\"bandwidth\":null}",
        "\"runtimeConfig\":{\"portMappings\":[],\"deviceID\":\"\",\"infinibandGUID\":null}",
        "\"args\":{\"cni\":{\"mac\":\"\",\"ips\":[]}}",
        "\"args\":null",
        "\"prevResult\":null",
        "\"dns\":{}",
        "\"dns\":null",
      })
  void shouldTakeEmptyMemberForNone(String member) {
    PodRequest without = asked("{}");
    PodRequest with = asked("{" + member + "}");
    assertEquals(without.interfaceName(), with.interfaceName());
    assertEquals(without.mac(), with.mac());
    assertEquals(without.assignment(), with.assignment());
    assertEquals(OptionalInt.of(1450), with.assignment().mtuOctets());
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "{}", "{\"type\":\"\"}", "{\"type\":null}"})
  void shouldGiveAddressOfItsOwnWhereTheAddressManagerIsEmpty(String ipam) {
    JsonObject config = Bench.config("1.1.0");
    config.add("ipam", JsonParser.parseString(ipam));
    Map<String, String> environment = bench.environment("ADD");
    environment.put("CNI_ARGS", "IP=;MAC=");
    CniHandler.Reply reply = bench.run(environment, config);
    assertEquals(0, reply.exitCode(), reply.output());
    PodRequest asked = bench.pods.requests.getLast();
    assertEquals(Optional.empty(), asked.address());
    assertEquals(Optional.empty(), asked.mac());
    assertTrue(asked.assignment().addresses().isEmpty());
  }

  @Test
  void shouldLookForTheNextPlaceWhereTheFirstIsEmpty() {
    PodRequest asked =
        asked(
            "{\"runtimeConfig\":{\"mac\":\"\"},\"args\":{\"cni\":{\"mac\":\"02:00:5e:10:00:01\"}}}");
    assertEquals(Optional.of(MacAddress.parse("02:00:5e:10:00:01")), asked.mac());
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "1400.5", "\"1400\"", "[]", "1e99"})
  void shouldStillRefuseWhatIsNoMtu(String mtu) {
    JsonObject config = Bench.config("1.1.0");
    config.add("mtu", JsonParser.parseString(mtu));
    CniHandler.Reply reply = bench.run(bench.environment("ADD"), config);
    assertEquals(1, reply.exitCode());
    assertTrue(reply.output().contains("\"code\":7"), reply.output());
    assertTrue(reply.output().contains("'mtu'"), reply.output());
  }

  private PodRequest asked(String members) {
    JsonObject config = Bench.config("1.1.0");
    JsonParser.parseString(members).getAsJsonObject().asMap().forEach(config::add);
    CniHandler.Reply reply = bench.run(bench.environment("ADD"), config);
    assertEquals(0, reply.exitCode(), reply.output());
    bench.run(bench.environment("DEL"), Bench.config("1.1.0"));
    return bench.pods.requests.getLast();
  }
}
