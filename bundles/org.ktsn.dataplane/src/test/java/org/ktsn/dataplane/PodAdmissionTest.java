package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.ktsn.api.pod.AdmissionException;
import org.ktsn.api.pod.Bandwidth;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.port.PortModel;

/** The pods' idle slopes against the port's rate. */
final class PodAdmissionTest {
  private static final PortModel LINK = new PortModel(1_000_000_000, 0);

  private final PodAdmission admission = new PodAdmission();

  private static Pod pod(String name, long slope) {
    return pod(name, Map.of(), slope);
  }

  private static Pod pod(String name, Map<String, String> labels, long slope) {
    return new Pod(
        name,
        0,
        Path.of("/run/netns/x"),
        "tsn0",
        "v0-x",
        new MacAddress(2),
        List.of(),
        Path.of("/run/x/app.sock"),
        labels,
        slope == 0 ? Optional.empty() : Optional.of(Bandwidth.of(slope)));
  }

  @Test
  void shouldAdmitWhatThePortHasLeftToTheBit() {
    admission.attached(pod("a", 300_000_000));
    admission.admit(pod("b", 700_000_000), LINK);
    AdmissionException refusal =
        assertThrows(AdmissionException.class, () -> admission.admit(pod("b", 700_000_001), LINK));
    assertEquals(
        "pod 'b' asks for an idle slope of 700000001 bit/s, and the port's 1000000000 bit/s leave"
            + " 700000000 beside those of others (a: 300000000); ask for less, detach others, or"
            + " correct the port's rate",
        refusal.getMessage());
  }

  @Test
  void shouldNamePodsAsKubernetesDoes() {
    admission.attached(pod("5bfc.tsn0", Map.of("namespace", "plant", "pod", "has"), 700_000_000));
    AdmissionException refusal =
        assertThrows(
            AdmissionException.class,
            () ->
                admission.admit(
                    pod("a31c.tsn0", Map.of("namespace", "plant", "pod", "want"), 400_000_000),
                    LINK));
    assertTrue(
        refusal.getMessage().startsWith("pod 'plant/want' asks")
            && refusal.getMessage().contains("(plant/has: 700000000)"),
        refusal.getMessage());
  }

  @Test
  void shouldHaveRoomAgainWhenAPodIsGone() {
    Pod first = pod("a", 1_000_000_000);
    admission.attached(first);
    assertThrows(AdmissionException.class, () -> admission.admit(pod("b", 1), LINK));
    admission.detached(first);
    admission.admit(pod("b", 1_000_000_000), LINK);
    assertEquals(0, admission.sum());
  }

  @Test
  void shouldAdmitPodsWithoutAnIdleSlopeWhateverIsGranted() {
    for (int i = 0; i < 8; i++) {
      admission.attached(pod("p" + i, 200_000_000)); // the port was faster once
    }
    admission.admit(pod("b", 0), LINK);
    assertEquals(1_600_000_000, admission.sum());
    assertEquals(
        true,
        assertThrows(AdmissionException.class, () -> admission.admit(pod("b", 5), LINK))
            .getMessage()
            .contains("leave 0 beside those of others (p0: 200000000, "));
  }
}
