package org.ktsn.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.felix.gogo.runtime.CommandProcessorImpl;
import org.apache.felix.gogo.runtime.threadio.ThreadIOImpl;
import org.apache.felix.service.command.CommandSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.ktsn.api.frame.DropReason;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.pod.PodRequest;
import org.ktsn.api.stack.AddressFamily;
import org.ktsn.api.stats.FlowStatus.Flow;

class FlowsCommandTest {
  private final CommandProcessorImpl processor = new CommandProcessorImpl(new ThreadIOImpl());
  private final CommandSession session =
      processor.createSession(
          new ByteArrayInputStream(new byte[0]),
          new ByteArrayOutputStream(),
          new ByteArrayOutputStream());
  private final FakeDataplane dataplane = new FakeDataplane();
  private final FakePods pods = new FakePods();
  private final FlowsCommand command = new FlowsCommand();

  FlowsCommandTest() {
    dataplane.flows = List.of(FakeFlows.late(0), FakeFlows.busy(1), FakeFlows.others(1));
    command.dataplane = dataplane;
    command.pods = pods;
    command.clock = () -> FakeFlows.NOW_NS;
    pods.attach(PodRequest.named("talker"));
    pods.attach(PodRequest.named("camera"));
  }

  @AfterEach
  void stop() {
    session.close();
    processor.stop();
  }

  private String run(Object... arguments) {
    return (String) command.execute(session, List.of(arguments));
  }

  @Test
  void shouldShowWhoSendsWhatTheBusiestFirstAndWhyItIsLate() {
    assertEquals(
        """
        POD     FLOW                              CLASS  FRAMES/s  BIT/s  RECEIVED  LATE  DROPPED  NOTICE  WAIT   ERROR  SEEN
        camera  10.77.0.4:40001 > 10.77.0.3:5001  -      20k       9.6M   200k      0     0        500us   300us  95ns   50us
        talker  10.77.0.2:40000 > 10.77.0.3:5000  6      1k        480k   4000      0     12       -1.3ms  210ns  95ns   800us
        camera  77 others                         -      0.1       48     80        2     10       500us   0ns    95ns   9s

        camera: 10.77.0.4:40001 > 10.77.0.3:5001
          frames waited 300us on average, 800us at most, beyond their launch time: for their gate, for credit, for frames ahead
        talker: 10.77.0.2:40000 > 10.77.0.3:5000
          12 of 4000 dropped (late_on_arrival): its launch time had passed when it was sent; let the program send further ahead; the notice was -1.3ms at least and 780us on average, 1.3ms more would have done
        camera: 77 others
          3 of 80 dropped (missed): sent in time, but the machine stalled past its last instant; see docs/tune.md
          7 of 80 dropped (too_early): more than max.ahead.s in the future; is it the clock that SO_TXTIME names?
          2 times a frame missed its window and was dated anew: the machine stood still; ktsn:stats has the planner's lateness
        """,
        run());
  }

  @Test
  void shouldSortByLatenessAndBySilence() {
    assertTrue(run("--sort", "late").lines().skip(1).findFirst().orElseThrow().contains("talker"));
    assertTrue(
        run("--sort", "recent").lines().skip(3).findFirst().orElseThrow().contains("others"));
    String refusal = assertThrows(CommandException.class, () -> run("--sort", "size")).getMessage();
    assertEquals("'size' is nothing to sort flows by; give rate, late or recent", refusal);
  }

  @Test
  void shouldShowThoseOfOnePodWithoutItsName() {
    String text = run("talker");
    assertTrue(text.startsWith("FLOW "), text);
    assertTrue(text.contains("10.77.0.2:40000 > 10.77.0.3:5000  6"), text);
    assertFalse(text.contains("10.77.0.4"), text);
    assertTrue(
        assertThrows(CommandException.class, () -> run("robot"))
            .getMessage()
            .startsWith("there is no pod 'robot'"));
  }

  @Test
  void shouldWriteAddressesSoThatPortsCanBeToldFromThem() {
    assertEquals(
        "[fd00:77::2]:40000 > [fd00:77::3]:5000",
        FlowText.name(
            FakeFlows.of(
                new Flow(AddressFamily.INET6, "fd00:77::2", 40_000, "fd00:77::3", 5_000, 0))));
    assertEquals(
        "02:00:00:00:00:02 > 01:80:c2:00:00:0e",
        FlowText.name(
            FakeFlows.of(
                new Flow(
                    AddressFamily.PACKET, "02:00:00:00:00:02", 0, "01:80:c2:00:00:0e", 0, 0))));
  }

  @Test
  void shouldSayThatNothingHasCome() {
    dataplane.flows = List.of();
    assertEquals("no datagram with a launch time has come yet\n", run());
    assertEquals("[]\n", run("--json"));
  }

  @Test
  void shouldNumberPodsAndLeaveOutAgesWhenNobodyKnowsThem() {
    command.pods = null;
    command.clock = null;
    String line = run().lines().skip(1).findFirst().orElseThrow();
    assertTrue(line.startsWith("#1 "), line);
    assertTrue(line.endsWith(" -"), line);
  }

  @Test
  void shouldWriteEverythingAsJson() {
    JsonArray flows = JsonParser.parseString(run("--json", "--sort", "late")).getAsJsonArray();
    assertEquals(3, flows.size());
    assertEquals(
        JsonParser.parseString(
            """
            {"pod": "talker", "pod_number": 0, "others": false, "flows": 1,
             "family": "INET", "source_address": "10.77.0.2", "source_port": 40000,
             "destination_address": "10.77.0.3", "destination_port": 5000,
             "priority": 6, "traffic_class": 6,
             "received": 4000, "sent": 3988, "late": 0, "dropped": 12, "waiting": 0,
             "drops": {"late_on_arrival": 12}, "octets": 239280,
             "frames_per_second": 1000.2, "bits_per_second": 480000,
             "last_launch_time_ns": 2000000000000, "first_seen_ns": 1996000000000,
             "last_seen_ns": 1999999200000,
             "notice_ns": {"smallest": -1300000, "mean": 780000, "largest": 910000},
             "wait_ns": {"smallest": 0, "mean": 210, "largest": 4100},
             "tx_error_ns":
               {"count": 3988, "p50": 31, "p90": 47, "p99": 95, "p99_9": 319, "max": 402}}
            """),
        flows.get(0));
    JsonObject others = flows.get(1).getAsJsonObject();
    assertTrue(others.get("others").getAsBoolean());
    assertEquals(77, others.get("flows").getAsLong());
    assertFalse(others.has("source_address"));
    assertFalse(others.has("traffic_class"));
  }

  @Test
  void shouldSayOfEachReasonWhatItsBundleSays() {
    DropReason reason = DropReason.of("test_babbles", "it sends too much", "have it send less");
    assertEquals("it sends too much; have it send less", Reason.meaning(reason.name()));
    assertEquals("the pod was detached while it waited", Reason.meaning(Verdict.POD_GONE.name()));
    assertEquals("of nobody", Reason.meaning("of_nobody"));
  }

  @Test
  void shouldFindEveryReasonOfTheSpiInTheManual() throws IOException {
    String manual =
        Files.readString(Path.of(System.getProperty("ktsn.root"), "docs", "operate.md"));
    for (DropReason reason : DropReason.all()) {
      if (!reason.name().startsWith("test_")) {
        assertTrue(manual.contains("`" + reason.name() + "`"), reason.name());
      }
    }
  }
}
