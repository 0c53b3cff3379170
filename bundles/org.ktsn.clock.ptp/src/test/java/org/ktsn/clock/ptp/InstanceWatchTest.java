package org.ktsn.clock.ptp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ktsn.clock.ptp.MonitorCounters.Kind;

final class InstanceWatchTest {
  private static final long MS = 1_000_000;
  private static final long POLL_NS = 100 * MS;
  private static final long LIMIT_NS = 50 * MS;

  @TempDir Path directory;

  private final ManualClocks clocks = new ManualClocks();
  private final MonitorCounters counters = new MonitorCounters();
  private InstanceWatch watch;
  private FakePtp4l daemon;

  @AfterEach
  void close() {
    if (watch != null) {
      watch.close();
    }
    if (daemon != null) {
      daemon.close();
    }
  }

  private Path socket() {
    return directory.resolve("ptp4l");
  }

  private Path reply() {
    return directory.resolve("reply");
  }

  private void watch(String further) {
    InstanceSettings settings =
        InstanceList.read("plant socket=" + socket() + " " + further).getFirst();
    watch =
        new InstanceWatch(settings, POLL_NS, LIMIT_NS, reply(), clocks, counters, clocks.nowNs());
  }

  private void run(long ns) {
    for (long end = clocks.nowNs() + ns; clocks.nowNs() < end; clocks.pass(MS)) {
      watch.turn(clocks.nowNs());
      if (daemon != null) {
        daemon.serve(reply());
        watch.turn(clocks.nowNs());
      }
    }
  }

  @Test
  void shouldGatherAllThatPtp4lSays() {
    daemon = new FakePtp4l(socket());
    watch("");
    run(20 * MS);
    InstanceStatus status = watch.status();
    assertEquals(Reach.ANSWERS, status.reach(), status.explanation());
    Observation observation = status.observation().orElseThrow();
    assertEquals(120, observation.time().masterOffsetNs());
    assertEquals(1577, observation.current().meanPathDelayNs());
    assertEquals("port 1 is SLAVE, port 2 is FAULTY", observation.portStates());
    assertEquals("fe2abf.fffe.942464", observation.grandmaster());
    assertFalse(observation.isGrandmaster());
  }

  @Test
  void shouldHaveOneQuestionOnItsWayAtATime() {
    daemon = new FakePtp4l(socket());
    watch("");
    for (int i = 0; i < 500; i++) {
      watch.turn(clocks.nowNs());
      watch.turn(clocks.nowNs());
      assertTrue(daemon.serve(reply()) <= 1);
      clocks.pass(MS);
    }
    assertTrue(counters.get(Kind.POLLS) >= 4);
    assertEquals(0, counters.get(Kind.UNANSWERED));
  }

  @Test
  void shouldAskWithoutBeingForwarded() {
    daemon = new FakePtp4l(socket());
    watch("");
    run(20 * MS);
    for (ManagementMessage question : daemon.asked) {
      assertEquals(0, question.boundaryHops(), "others on the network would answer too");
      assertEquals(ManagementAction.GET, question.action(), "a monitor sets nothing");
    }
  }

  @Test
  void shouldSayThatThereIsNoSocket() {
    watch("");
    run(10 * MS);
    assertEquals(Reach.NO_SOCKET, watch.status().reach());
    assertTrue(watch.status().explanation().contains(socket().toString()));
    assertTrue(watch.status().observation().isEmpty());
  }

  @Test
  void shouldSayThatPtp4lLeftItsSocketBehind() throws IOException {
    daemon = new FakePtp4l(socket());
    Path kept = Files.createLink(directory.resolve("kept"), socket());
    daemon.close();
    daemon = null;
    Files.move(kept, socket());
    watch("");
    run(10 * MS);
    assertEquals(Reach.NOT_LISTENING, watch.status().reach(), watch.status().explanation());
  }

  @Test
  void shouldFindPtp4lAgainAfterItMadeItsSocketAnew() {
    daemon = new FakePtp4l(socket());
    watch("");
    run(250 * MS);
    daemon.close();
    daemon = null;
    run(250 * MS);
    assertEquals(Reach.NO_SOCKET, watch.status().reach());
    daemon = new FakePtp4l(socket());
    run(250 * MS);
    assertEquals(Reach.ANSWERS, watch.status().reach());
    assertEquals(1, counters.get(Kind.SOCKET_RECREATED));
  }

  @ParameterizedTest
  @CsvSource({
    "24, 0, in domain 24, domain=24",
    "0, 1, with transportSpecific 1 (gPTP), transport.specific=1",
    "20, 1, in domain 20, domain=20 transport.specific=1",
    "201, 0, in domain 201, domain=201",
  })
  void shouldFindOutInWhichDomainPtp4lWouldAnswer(
      int domain, int transportSpecific, String problem, String remedy) {
    daemon = new FakePtp4l(socket());
    daemon.domainNumber = domain;
    daemon.transportSpecific = transportSpecific;
    watch("");
    run(5_000 * MS);
    InstanceStatus status = watch.status();
    assertEquals(Reach.ELSEWHERE, status.reach(), status.explanation());
    assertTrue(status.explanation().contains(problem), status.explanation());
    assertTrue(status.explanation().contains("set " + remedy), status.explanation());
    assertEquals(0, counters.get(Kind.ANSWERS));
  }

  @Test
  void shouldSpeakGptpIfConfigured() {
    daemon = new FakePtp4l(socket());
    daemon.transportSpecific = 1;
    daemon.domainNumber = 20;
    daemon.version = 0x12;
    watch("domain=20 transport.specific=1");
    run(20 * MS);
    assertEquals(Reach.ANSWERS, watch.status().reach(), watch.status().explanation());
  }

  @Test
  void shouldSayThatPtp4lIsSilentAndNoticeThatItSpeaksAgain() {
    daemon = new FakePtp4l(socket());
    daemon.mute = true;
    watch("");
    run(10_000 * MS);
    assertEquals(Reach.SILENT, watch.status().reach());
    assertTrue(watch.status().explanation().contains("does not answer in domain 0"));
    daemon.mute = false;
    run(300 * MS);
    assertEquals(Reach.ANSWERS, watch.status().reach());
  }

  @Test
  void shouldSayThatPtp4lHangs() {
    daemon = new FakePtp4l(socket());
    watch("");
    run(20 * MS);
    FakePtp4l stuck = daemon;
    daemon = null;
    run(60_000 * MS);
    assertEquals(Reach.HANGS, watch.status().reach(), watch.status().explanation());
    daemon = stuck;
    run(300 * MS);
    assertEquals(Reach.ANSWERS, watch.status().reach(), watch.status().explanation());
  }

  @Test
  void shouldUseTheReadOnlySocketWhereThereIsOne() {
    daemon = new FakePtp4l(directory.resolve("ptp4lro"));
    try (FakePtp4l readWrite = new FakePtp4l(socket())) {
      watch("");
      run(20 * MS);
      assertEquals(0, readWrite.serve(reply()));
      assertEquals(Reach.ANSWERS, watch.status().reach());
      assertTrue(watch.status().readOnly());
    }
  }

  @Test
  void shouldSubscribeThroughTheReadWriteSocketAndRenew() {
    daemon = new FakePtp4l(socket());
    try (FakePtp4l readOnly = new FakePtp4l(directory.resolve("ptp4lro"))) {
      watch("events=true");
      run(45_000 * MS);
      assertEquals(0, readOnly.serve(reply()));
    }
    long subscriptions =
        daemon.asked.stream()
            .filter(it -> it.tlv().managementId() == ManagementId.SUBSCRIBE_EVENTS_NP.value())
            .peek(it -> assertEquals(ManagementAction.SET, it.action()))
            .count();
    assertEquals(3, subscriptions, "at once, and every 20 s of the 60 s that one lasts");
  }

  @Test
  void shouldAskAtOnceWhenPtp4lReportsAChange() {
    daemon = new FakePtp4l(socket());
    watch("events=true");
    run(50 * MS);
    PortIdentity self = daemon.asked.getFirst().source();
    for (int event = 0; event < 3; event++) {
      long before = counters.get(Kind.POLLS);
      daemon.samples = daemon.samples.with(PortState.LISTENING);
      DataSet port = daemon.samples.dataSet(ManagementId.PORT_DATA_SET, 1);
      daemon.send(daemon.response(self, event, new ManagementTlv.Content(port)), reply());
      run(20 * MS);
      assertEquals(event + 1, counters.get(Kind.EVENTS), "ptp4l numbers its events");
      assertEquals(before + 1, counters.get(Kind.POLLS));
    }
    assertTrue(watch.status().observation().orElseThrow().portStates().contains("LISTENING"));
  }

  @Test
  void shouldSayWhatPtp4lRefuses() {
    daemon = new FakePtp4l(socket());
    daemon.refused = Set.of(ManagementId.TIME_STATUS_NP);
    watch("");
    run(20 * MS);
    assertEquals(Reach.REFUSES, watch.status().reach());
    assertTrue(watch.status().explanation().contains("TIME_STATUS_NP: it is not supported"));
  }

  @Test
  void shouldNotBeHarmedByForeignDatagrams() {
    daemon = new FakePtp4l(socket());
    watch("");
    Random random = new Random(1);
    byte[] valid =
        daemon.response(
            new PortIdentity(1, 2),
            3,
            new ManagementTlv.Content(daemon.samples.dataSet(ManagementId.CURRENT_DATA_SET, 0)));
    for (int i = 0; i < 3_000; i++) {
      byte[] datagram = i % 2 == 0 ? valid.clone() : new byte[random.nextInt(1, 200)];
      if (i % 2 == 0) {
        datagram[random.nextInt(datagram.length)] = (byte) random.nextInt();
      } else {
        random.nextBytes(datagram);
      }
      daemon.send(datagram, reply());
      run(MS);
    }
    assertEquals(Reach.ANSWERS, watch.status().reach());
    assertEquals(120, watch.status().observation().orElseThrow().time().masterOffsetNs());
    assertTrue(counters.get(Kind.MALFORMED) > 1_000);
    assertTrue(counters.get(Kind.STRAY) > 1_000);
    assertEquals(0, counters.get(Kind.UNANSWERED));
  }

  @Test
  void shouldRemoveItsReplySocket() {
    watch("");
    assertTrue(Files.exists(reply()));
    watch.close();
    assertFalse(Files.exists(reply()));
  }
}
