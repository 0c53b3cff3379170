package org.ktsn.ingress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ktsn.api.health.Trouble;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.api.pod.Pod;
import org.ktsn.foreign.ForeignException;

/** What is said where pages can be taken out of a pod's ring. */
final class RingProtectionTest {
  private static final int EPERM = 1;
  private static final String REASON =
      "shared memory can't keep its pages: Operation not permitted; use CAP_LINUX_IMMUTABLE";

  @TempDir private Path directory;
  private boolean permitted;
  private final IngressComponent ingress =
      new IngressComponent(settings(), new RingProtection(ring -> keep()));

  private void keep() {
    if (!permitted) {
      throw new ForeignException(EPERM, REASON);
    }
  }

  private static IngressComponent.Config settings() {
    return (IngressComponent.Config)
        Proxy.newProxyInstance(
            IngressComponent.Config.class.getClassLoader(),
            new Class<?>[] {IngressComponent.Config.class},
            (self, method, arguments) -> method.getDefaultValue());
  }

  private Pod pod(String name, int number) {
    return new Pod(
        name,
        number,
        Path.of("/proc/self/ns/net"),
        "tsn0",
        "v" + number + "-ktsn",
        new MacAddress(0x02_00_00_00_00_00L + number),
        List.of("10.77.0." + number + "/16"),
        directory.resolve(name + ".sock"));
  }

  @AfterEach
  void stop() throws InterruptedException {
    ingress.stop();
  }

  @Test
  void shouldNameThePodsWhoseRingsAreUnprotectedWithTheReasonAndTheRemedy() {
    ingress.attached(pod("robot", 5));
    ingress.attached(pod("camera", 6));
    List<Trouble> troubles = ingress.troubles();
    assertEquals(1, troubles.size(), "one cause: " + troubles);
    String sentence = troubles.getFirst().sentence();
    assertTrue(sentence.contains("camera, robot"), sentence);
    assertTrue(sentence.contains(REASON), sentence);
    assertTrue(sentence.endsWith("start it again"), sentence);
  }

  @Test
  void shouldSayNothingOfPodsThatHaveGone() {
    Pod robot = pod("robot", 5);
    ingress.attached(robot);
    assertEquals(1, ingress.troubles().size());
    ingress.detached(robot);
    assertEquals(List.of(), ingress.troubles());
  }

  @Test
  void shouldSayNothingWhereRingsAreProtected() {
    permitted = true;
    ingress.attached(pod("robot", 5));
    assertEquals(List.of(), ingress.troubles());
  }
}
