package org.ktsn.clock.ptp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ktsn.api.time.ClockPolicy;
import org.ktsn.api.time.ClockReport;
import org.ktsn.api.time.ClockState;
import org.ktsn.foreign.SystemClocks;
import org.ktsn.foreign.UnixDatagram;

/** The monitor on real ptp4l pairs. */
final class Ptp4lSystemTest {
  private static final long MS = 1_000_000;

  @TempDir Path directory;

  private final SystemClocks clocks = new SystemClocks();
  private final List<ClockState> heard = new CopyOnWriteArrayList<>();
  private PtpMonitor monitor;
  private Ptp4lPair pair;

  @AfterEach
  void close() {
    if (monitor != null) {
      monitor.close();
    }
    clocks.close();
    if (pair != null) {
      pair.close();
    }
  }

  private void begin(String configuration) {
    pair = new Ptp4lPair(directory, configuration);
    pair.start(Ptp4lPair.MASTER);
    pair.start(Ptp4lPair.SLAVE);
  }

  /** Watches with bounds that a busy machine's software time stamps keep. */
  private void watch(String further) {
    Map<ClockState, Set<ClockPolicy>> policies = new EnumMap<>(ClockState.class);
    MonitorSettings settings =
        new MonitorSettings(
            InstanceList.read("plant socket=" + pair.socket(Ptp4lPair.SLAVE) + " " + further),
            false,
            50 * MS,
            500 * MS,
            50 * MS,
            directory,
            new QualitySettings(
                5 * MS,
                50 * MS,
                500 * MS,
                4,
                4,
                2_000 * MS,
                4_000 * MS,
                1_000,
                100,
                20 * MS,
                policies));
    monitor = new PtpMonitor(settings, clocks::read);
    monitor.add(report -> heard.add(report.state()));
    monitor.start();
  }

  private void awaitReport(String what, Predicate<ClockReport> condition) {
    try {
      Eventually.holds(what, () -> condition.test(monitor.report()));
    } catch (AssertionError e) {
      throw new AssertionError(PtpText.write(monitor.view()) + pair.log(Ptp4lPair.SLAVE), e);
    }
  }

  private void awaitState(ClockState state) {
    awaitReport("state " + state, report -> report.state() == state);
  }

  private void awaitReason(String code) {
    awaitReport(
        "reason " + code,
        report -> report.reasons().stream().anyMatch(reason -> reason.code().equals(code)));
  }

  private Observation observation() {
    return monitor.view().instances().getFirst().observation().orElseThrow();
  }

  @Test
  void shouldAgreeWithPmc() {
    begin("");
    watch("free.running=true");
    awaitState(ClockState.SYNCHRONISED);
    boolean[] same = {false};
    Eventually.holds(
        "pmc and the monitor see the same Sync message",
        () -> {
          String pmc = pair.pmc(Ptp4lPair.SLAVE, "GET TIME_STATUS_NP");
          String ingress = Programs.value(pmc, "ingress_time");
          Eventually.holds(
              "a Sync message that is not older",
              () -> observation().time().ingressTimeNs() >= Long.parseLong(ingress));
          Observation ours = observation();
          if (ours.time().ingressTimeNs() == Long.parseLong(ingress)) {
            assertEquals(Programs.value(pmc, "master_offset"), "" + ours.time().masterOffsetNs());
            assertEquals(
                Programs.value(pmc, "gmIdentity"), PortIdentity.clock(ours.time().gmIdentity()));
            same[0] = true;
          }
          return same[0];
        });
    String port = pair.pmc(Ptp4lPair.SLAVE, "GET PORT_DATA_SET");
    PortDataSet ours = observation().ports().getFirst();
    assertEquals(Programs.value(port, "portState"), ours.state().name());
    assertEquals(Programs.value(port, "portIdentity"), ours.portIdentity().toString());
    String parent = pair.pmc(Ptp4lPair.SLAVE, "GET PARENT_DATA_SET");
    assertEquals(
        Programs.value(parent, "parentPortIdentity"),
        observation().parent().parentPortIdentity().toString());
    assertEquals(Programs.value(parent, "grandmasterIdentity"), observation().grandmaster());
    assertEquals(Programs.value(parent, "grandmasterIdentity"), monitor.report().grandmaster());
    assertEquals(0, monitor.counters().get("unanswered"));
    assertEquals(0, monitor.counters().get("malformed"));
  }

  @Test
  void shouldWriteEveryAnswerOfPtp4lTheSameAgain() {
    begin("");
    Path client = directory.resolve("raw");
    byte[] buffer = new byte[ManagementCodec.LONGEST];
    PortIdentity self = new PortIdentity(0x0102030405060708L, 9);
    try (UnixDatagram socket = UnixDatagram.bind(client, 0660, buffer.length)) {
      for (ManagementId id : ManagementId.values()) {
        for (int padding : new int[] {0, id.octets()}) {
          byte[] question =
              ManagementCodec.encode(
                  new ManagementMessage(
                      0,
                      2,
                      0,
                      self,
                      id.value() & 0xff,
                      PortIdentity.ANY,
                      0,
                      0,
                      ManagementAction.GET,
                      new ManagementTlv.Query(id.value(), padding)));
          byte[] answer = ask(socket, question, buffer);
          ManagementMessage message = ManagementCodec.decode(answer, answer.length);
          assertEquals(id.value(), message.tlv().managementId());
          assertTrue(message.tlv() instanceof ManagementTlv.Content, id + ": " + message.tlv());
          SameMessage.assertSame(answer, ManagementCodec.encode(message));
        }
      }
      byte[] unknown =
          ManagementCodec.encode(
              new ManagementMessage(
                  0,
                  2,
                  0,
                  self,
                  1,
                  PortIdentity.ANY,
                  0,
                  0,
                  ManagementAction.GET,
                  new ManagementTlv.Query(0x9999, 0)));
      byte[] refusal = ask(socket, unknown, buffer);
      ManagementMessage message = ManagementCodec.decode(refusal, refusal.length);
      assertEquals(new ManagementTlv.Refusal(2, 0x9999), message.tlv());
      SameMessage.assertSame(refusal, ManagementCodec.encode(message));
    }
  }

  private byte[] ask(UnixDatagram socket, byte[] question, byte[] buffer) {
    assertEquals(UnixDatagram.SENT, socket.send(question, pair.socket(Ptp4lPair.SLAVE)));
    int[] octets = {UnixDatagram.NOTHING};
    Eventually.holds(
        "an answer of ptp4l", () -> (octets[0] = socket.receive(buffer)) != UnixDatagram.NOTHING);
    return Arrays.copyOf(buffer, octets[0]);
  }

  @Test
  void shouldGoThroughHoldoverWhenTheGrandmasterDiesAndComeBackOnceEach() {
    begin("");
    watch("free.running=true");
    awaitState(ClockState.SYNCHRONISED);
    long killed = clocks.read().taiNs();
    pair.kill(Ptp4lPair.MASTER);
    awaitState(ClockState.HOLDOVER);
    awaitReason("no_grandmaster");
    assertFalse(monitor.report().uncertaintyNs().isEmpty());
    awaitState(ClockState.FREE_RUNNING);
    pair.start(Ptp4lPair.MASTER);
    awaitState(ClockState.SYNCHRONISED);
    List<ClockState> expected =
        List.of(
            ClockState.FREE_RUNNING,
            ClockState.SYNCHRONISED,
            ClockState.HOLDOVER,
            ClockState.FREE_RUNNING,
            ClockState.SYNCHRONISED);
    Eventually.holds("the observer hears of it", () -> heard.size() >= expected.size());
    assertEquals(expected, heard);
    List<Transition> transitions = monitor.view().transitions();
    assertEquals(4, transitions.size(), transitions.toString());
    long holdover = transitions.get(1).atTaiNs() - killed;
    long free = transitions.get(2).atTaiNs() - killed;
    assertTrue(holdover > 1_500 * MS && holdover < 6_000 * MS, "after " + holdover + " ns");
    assertTrue(free > 3_500 * MS && free < 8_000 * MS, "after " + free + " ns");
    System.out.printf(
        "grandmaster killed: holdover after %d ms, free-running after %d ms, back after %d ms%n",
        holdover / MS, free / MS, (transitions.get(3).atTaiNs() - killed) / MS);
  }

  @Test
  void shouldFollowPtp4lThroughItsRestart() {
    begin("");
    watch("free.running=true events=true");
    awaitState(ClockState.SYNCHRONISED);
    pair.kill(Ptp4lPair.SLAVE);
    awaitState(ClockState.HOLDOVER);
    assertEquals(Reach.NOT_LISTENING, monitor.view().instances().getFirst().reach());
    awaitReason("ptp4l_not_listening");
    pair.start(Ptp4lPair.SLAVE);
    awaitState(ClockState.SYNCHRONISED);
    long before = monitor.counters().get("events");
    pair.kill(Ptp4lPair.MASTER);
    Eventually.holds("an event of the new ptp4l", () -> monitor.counters().get("events") > before);
    assertEquals(1, monitor.counters().get("socket_recreated"));
    assertFalse(heard.contains(ClockState.WRONG), heard.toString());
  }

  @Test
  void shouldExplainAWrongDomainAndGptp() {
    begin(
        """
        domainNumber 24
        transportSpecific 1
        delay_mechanism P2P
        follow_up_info 1
        neighborPropDelayThresh 100000000
        """);
    watch("");
    awaitReason("ptp4l_elsewhere");
    String explanation = monitor.view().instances().getFirst().explanation();
    assertTrue(
        explanation.contains("set domain=24 transport.specific=1 for instance plant"), explanation);
    monitor.close();
    watch("domain=24 transport.specific=1 free.running=true");
    awaitState(ClockState.SYNCHRONISED);
    assertTrue(observation().ports().getFirst().peerMeanPathDelayNs() > 0, "P2P measures it");
  }

  @Test
  void shouldSayThatTheTaiOffsetIsNotTheGrandmasters() {
    begin("");
    int kernel = clocks.read().taiOffsetS();
    int announced = kernel + 7;
    pair.pmc(
        Ptp4lPair.MASTER,
        "SET GRANDMASTER_SETTINGS_NP clockClass 6 clockAccuracy 0x20 offsetScaledLogVariance 0x4e5d"
            + " currentUtcOffset "
            + announced
            + " leap61 0 leap59 0 currentUtcOffsetValid 1 ptpTimescale 1 timeTraceable 1"
            + " frequencyTraceable 0 timeSource 0x20");
    watch("free.running=true");
    awaitState(ClockState.WRONG);
    awaitReason(kernel == 0 ? "tai_offset_zero" : "tai_offset_mismatch");
    assertEquals(7_000 * MS, monitor.report().uncertaintyNs().orElseThrow());
  }
}
