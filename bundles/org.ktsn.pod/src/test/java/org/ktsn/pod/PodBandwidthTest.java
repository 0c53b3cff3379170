package org.ktsn.pod;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ktsn.api.pod.AdmissionException;
import org.ktsn.api.pod.Bandwidth;
import org.ktsn.api.pod.IngressLimit;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.pod.PodAssignment;
import org.ktsn.api.pod.PodException;
import org.ktsn.api.pod.PodObserver;
import org.ktsn.api.pod.PodRequest;
import org.ktsn.api.pod.Priorities;

/** What a pod may send: handed on, kept, and refused where it can't be granted. */
class PodBandwidthTest {
  /** Has room for 10 Mb/s each. */
  private static final class Admission implements PodObserver {
    final List<Pod> attached = new ArrayList<>();

    @Override
    public void admit(Pod pod) {
      if (pod.bandwidth().stream().anyMatch(asked -> asked.idleSlopeBitsPerSecond() > 10_000_000)) {
        throw new AdmissionException("the port's 10000000 bit/s leave less");
      }
    }

    @Override
    public void attached(Pod pod) {
      attached.add(pod);
    }

    @Override
    public void detached(Pod pod) {
      attached.remove(pod);
    }
  }

  @TempDir private Path directory;
  private final FakeKernel kernel = new FakeKernel();
  private final FakeBinder binder = new FakeBinder();
  private final Admission admission = new Admission();
  private NodePods pods;

  @BeforeEach
  void begin() {
    pods = make();
  }

  @AfterEach
  void end() {
    pods.deactivate();
  }

  private NodePods make() {
    NodePods made =
        new NodePods(
            new PodSettings("x", directory, Subnet.parse("10.77.0.0/16"), 1500, Optional.empty()),
            kernel,
            kernel);
    made.bindSwitch(binder);
    made.bindObserver(admission);
    return made;
  }

  private PodRequest request(String name, Bandwidth bandwidth) {
    return new PodRequest(
        name,
        Optional.of(FakeKernel.namespace(directory, name + ".ns")),
        "tsn0",
        Optional.empty(),
        Optional.empty(),
        PodAssignment.NONE.with(Optional.of(bandwidth), Optional.empty()));
  }

  @Test
  void shouldKeepAPodsPrioritiesAcrossARestart() {
    pods.attach(
        new PodRequest(
            "first",
            Optional.of(FakeKernel.namespace(directory, "first.ns")),
            "tsn0",
            Optional.empty(),
            Optional.empty(),
            PodAssignment.NONE.with(Priorities.parse("0-5"))));
    pods.deactivate();
    pods = make();
    assertEquals(Priorities.parse("0-5"), pods.pod("first").orElseThrow().priorities());
  }

  @Test
  void shouldSurviveARestartWithItsBandwidth() {
    Bandwidth plain = Bandwidth.of(333_333_333L / 100);
    Bandwidth limited = new Bandwidth(1, OptionalLong.of(12_000));
    pods.attach(request("plain", plain));
    pods.attach(request("limited", limited));
    pods.deactivate();
    admission.attached.clear();
    pods = make();
    assertEquals(Optional.of(plain), pods.pod("plain").orElseThrow().bandwidth());
    assertEquals(Optional.of(limited), pods.pod("limited").orElseThrow().bandwidth());
    assertEquals(pods.pods(), List.of(admission.attached.get(0), admission.attached.get(1)));
  }

  @Test
  void shouldTakeUpRecordsOfEarlierVersionsAsPodsWithoutALimit() throws IOException {
    pods.attach(request("first", Bandwidth.of(1_000_000)));
    Path state = directory.resolve("state/pods/first.json");
    String kept = Files.readString(state);
    Files.writeString(
        state, kept.replace(",\"bandwidth\":{\"idleSlopeBitsPerSecond\":1000000}", ""));
    assertTrue(!Files.readString(state).equals(kept), kept);
    pods.deactivate();
    pods = make();
    assertEquals(Optional.empty(), pods.pod("first").orElseThrow().bandwidth());
  }

  @Test
  void shouldMakeNothingForAPodThatIsNotAdmitted() {
    PodRequest asked = request("first", Bandwidth.of(10_000_001));
    int commands = kernel.commands.size();
    AdmissionException refusal = assertThrows(AdmissionException.class, () -> pods.attach(asked));
    assertEquals("the port's 10000000 bit/s leave less", refusal.getMessage());
    assertEquals(commands, kernel.commands.size(), "nothing was asked of the kernel");
    assertEquals(List.of(), pods.pods());
    assertEquals(List.of(), admission.attached);
    assertTrue(Files.notExists(directory.resolve("state/pods/first.json")));
  }

  @Test
  void shouldLimitWhatIsSentToAPodAndKeepThatAcrossARestart() throws IOException {
    IngressLimit limit = new IngressLimit(10_000_000, 8 * 65_536);
    PodRequest asked =
        new PodRequest(
            "first",
            Optional.of(FakeKernel.namespace(directory, "first.ns")),
            "tsn0",
            Optional.empty(),
            Optional.empty(),
            PodAssignment.NONE.with(Optional.empty(), Optional.of(limit)));
    pods.attach(asked);
    assertTrue(
        kernel.commands.contains(
            "tc qdisc replace dev v0-x root tbf rate 10000000bit burst 65536 latency 25ms"),
        kernel.commands.toString());
    pods.deactivate();
    pods = make();
    assertEquals(Optional.of(limit), pods.pod("first").orElseThrow().ingressLimit());
    assertTrue(
        pods.differences("first").stream().anyMatch(text -> text.contains("limit of what is sent")),
        "the kernel shows none");
  }

  @Test
  void shouldLeaveNothingOfAPodThatTheKernelDoesNotLimit() throws IOException {
    kernel.failure =
        line -> line.contains(" tbf ") ? "Error: Specified qdisc kind is unknown." : "";
    PodRequest asked =
        new PodRequest(
            "first",
            Optional.of(FakeKernel.namespace(directory, "first.ns")),
            "tsn0",
            Optional.empty(),
            Optional.empty(),
            PodAssignment.NONE.with(Optional.empty(), Optional.of(IngressLimit.of(1_000))));
    PodException refusal = assertThrows(PodException.class, () -> pods.attach(asked));
    assertTrue(refusal.getMessage().contains("sch_tbf"), refusal.getMessage());
    assertEquals(List.of(), List.copyOf(kernel.links));
    assertEquals(List.of(), pods.pods());
  }

  @Test
  void shouldGiveTheKernelBurstsThatItCanCount() {
    assertEquals(1_518, IngressQdisc.burstOctets(new IngressLimit(10_000_000, 1), 1_500));
    assertEquals(31_250, IngressQdisc.burstOctets(new IngressLimit(1_000, 1L << 40), 1_500));
    assertEquals(
        Integer.MAX_VALUE,
        IngressQdisc.burstOctets(new IngressLimit(1_000_000_000_000L, 1L << 40), 1_500));
    assertEquals(16_384, IngressQdisc.burstOctets(IngressLimit.of(1_000_000), 1_500));
  }

  @Test
  void shouldPutBackWhatTheSwitchHasRemoved() {
    IngressQdisc qdisc = new IngressQdisc(kernel, Optional.empty(), 1_500);
    qdisc.restore(List.of(pods.attach(request("free", Bandwidth.of(1_000)))));
    assertTrue(kernel.commands.stream().noneMatch(line -> line.startsWith("tc ")), "no limit");
    PodRequest asked =
        new PodRequest(
            "limited",
            Optional.of(FakeKernel.namespace(directory, "limited.ns")),
            "tsn0",
            Optional.empty(),
            Optional.empty(),
            PodAssignment.NONE.with(Optional.empty(), Optional.of(IngressLimit.of(8_000_000))));
    Pod limited = pods.attach(asked);
    kernel.commands.clear();
    qdisc.restore(List.of(limited));
    assertEquals(
        List.of(
            "tc qdisc show",
            "tc qdisc replace dev v1-x root tbf rate 8000000bit burst 25000 latency 25ms"),
        kernel.commands);
  }
}
