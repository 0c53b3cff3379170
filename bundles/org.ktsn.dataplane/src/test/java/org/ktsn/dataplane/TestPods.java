package org.ktsn.dataplane;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ktsn.api.pod.Bandwidth;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.api.pod.Pod;

/** Pods of which nothing but the number and the idle slope counts. */
final class TestPods {
  private TestPods() {}

  static Pod pod(int number) {
    return pod(number, Optional.empty());
  }

  static Pod pod(int number, Bandwidth bandwidth) {
    return pod(number, Optional.of(bandwidth));
  }

  private static Pod pod(int number, Optional<Bandwidth> bandwidth) {
    return new Pod(
        "pod" + number,
        number,
        Path.of("/run/netns/pod" + number),
        "tsn0",
        "v" + number,
        MacAddress.parse("02:00:00:00:00:01"),
        List.of("10.77.0.2/16"),
        Path.of("/run/pods/pod" + number + "/app.sock"),
        Map.of(),
        bandwidth);
  }
}
