package org.ktsn.api.pod;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PodTest {
  @Test
  void shouldHaveAChannelByKubernetesName() {
    assertEquals(
        Optional.of(Path.of("/run/ktsn/by-name/plant_robot-7d9f-x2x4k_tsn0")),
        pod(Map.of("namespace", "plant", "pod", "robot-7d9f-x2x4k", "container", "c1"))
            .namedChannel());
  }

  @Test
  void shouldHaveNoneWithoutNamespaceAndName() {
    assertEquals(Optional.empty(), pod(Map.of()).namedChannel());
    assertEquals(Optional.empty(), pod(Map.of("pod", "robot")).namedChannel());
    assertEquals(Optional.empty(), pod(Map.of("namespace", "plant")).namedChannel());
  }

  /** They come from who calls the plugin, and become a path. */
  @ParameterizedTest
  @CsvSource({
    "., robot",
    ".., robot",
    "plant, ..",
    "../x, robot",
    "plant, a/b",
    "plant, /etc",
    "plant, a_b",
    "a_b, robot",
    "plant, Robot",
    "plant, -a",
    "plant, a.",
    "plant, 'a b'",
    "plant, 'a\u0000'",
    "plant, 'a\n'",
  })
  void shouldHaveNoneByANameThatKubernetesHasNot(String namespace, String name) {
    assertEquals(Optional.empty(), pod(Map.of("namespace", namespace, "pod", name)).namedChannel());
  }

  @Test
  void shouldHaveNoneByANameThatNoFileCanHave() {
    String longest = "a".repeat(255 - "plant_".length() - "_tsn0".length());
    assertEquals(
        255,
        pod(Map.of("namespace", "plant", "pod", longest))
            .namedChannel()
            .orElseThrow()
            .getFileName()
            .toString()
            .length());
    assertEquals(
        Optional.empty(), pod(Map.of("namespace", "plant", "pod", longest + "a")).namedChannel());
  }

  private static Pod pod(Map<String, String> labels) {
    return new Pod(
        "c1.tsn0",
        0,
        Path.of("/run/netns/c1"),
        "tsn0",
        "v0-ktsn",
        MacAddress.parse("02:00:00:00:00:01"),
        List.of("10.77.0.2/16"),
        Path.of("/run/ktsn/pods/c1.tsn0/app.sock"),
        labels);
  }
}
