package org.ktsn.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.felix.gogo.runtime.CommandProcessorImpl;
import org.apache.felix.gogo.runtime.threadio.ThreadIOImpl;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ktsn.api.binder.SwitchStatus;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.api.pod.PodRequest;
import org.ktsn.api.port.Port;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.port.PortStatus;
import org.ktsn.api.schedule.CycleTime;
import org.ktsn.api.schedule.GateControlEntry;
import org.ktsn.api.schedule.GateOperation;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.schedule.PortSchedule;
import org.ktsn.api.schedule.ScheduleCodec;
import org.ktsn.api.schedule.ScheduleException;
import org.ktsn.api.schedule.ScheduleProblem;
import org.ktsn.api.stats.ClockEffect;
import org.ktsn.api.stats.DataplaneMonitor;
import org.ktsn.api.time.ClockState;

class CommandsTest {
  private static final GateParameters TWO_CLASSES =
      GateParameters.of(
          1_000_000_000_000L,
          CycleTime.ofNanoseconds(1_000_000),
          List.of(
              new GateControlEntry(GateOperation.SET_GATE_STATES, 0x80, 300_000),
              new GateControlEntry(GateOperation.SET_GATE_STATES, 0x7f, 700_000)));

  private final CommandProcessorImpl processor = new CommandProcessorImpl(new ThreadIOImpl());
  private CommandSession session = session("");

  @TempDir Path directory;

  private CommandSession session(String input) {
    return processor.createSession(
        new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
        new ByteArrayOutputStream(),
        new ByteArrayOutputStream());
  }

  @BeforeEach
  void enterDirectory() {
    session.currentDir(directory);
  }

  @AfterEach
  void stop() {
    session.close();
    processor.stop();
  }

  private String run(Function command, Object... arguments) throws Exception {
    return (String) command.execute(session, List.of(arguments));
  }

  private JsonElement json(Function command, Object... arguments) throws Exception {
    List<Object> all = new ArrayList<>(List.of(arguments));
    all.add("--json");
    return JsonParser.parseString((String) command.execute(session, all));
  }

  private CommandException refusal(Function command, Object... arguments) {
    return assertThrows(CommandException.class, () -> run(command, arguments));
  }

  // ---- no service ----

  @Test
  void shouldSayInASentenceThatAServiceIsAway() {
    List<Function> commands =
        List.of(
            new PodsCommand(),
            new PortsCommand(),
            new OvsCommand(),
            new ScheduleCommand(),
            new GatesCommand(),
            new StatsCommand(),
            new FlowsCommand(),
            new ShaperCommand(),
            new FiltersCommand(),
            new TraceStopCommand());
    for (Function command : commands) {
      String message = refusal(command).getMessage();
      assertTrue(message.startsWith("no running component offers "), message);
      assertTrue(message.contains("ktsn:health"), message);
    }
    assertTrue(refusal(new PodAddCommand(), "a").getMessage().startsWith("no running component"));
    assertTrue(refusal(new PodDelCommand(), "a").getMessage().startsWith("no running component"));
    assertTrue(
        refusal(new ScheduleSetCommand(), "-", "x")
            .getMessage()
            .startsWith("no running component"));
    assertTrue(
        refusal(new TraceStartCommand(), "f", "1").getMessage().startsWith("no running component"));
  }

  // ---- pods ----

  @Test
  void shouldAttachWhatWasAskedFor() throws Exception {
    FakePods pods = new FakePods();
    PodAddCommand add = new PodAddCommand();
    add.pods = pods;

    JsonObject answer =
        json(
                add,
                "talker",
                "--address",
                "10.77.0.9/16",
                "--netns",
                "/proc/self/ns/net",
                "--mac",
                "02:00:5e:10:00:01",
                "--interface",
                "t0")
            .getAsJsonObject();

    assertEquals(
        new PodRequest(
            "talker",
            Optional.of(Path.of("/proc/self/ns/net")),
            "t0",
            Optional.of("10.77.0.9/16"),
            Optional.of(MacAddress.parse("02:00:5e:10:00:01"))),
        pods.last);
    assertEquals("talker", answer.get("name").getAsString());
    assertEquals("02:00:5e:10:00:01", answer.get("mac").getAsString());
    assertEquals("10.77.0.9/16", answer.getAsJsonArray("addresses").get(0).getAsString());
    assertEquals("/run/ktsn/pods/talker/app.sock", answer.get("channel_socket").getAsString());
  }

  @Test
  void shouldAttachWithUsualValuesWhenOnlyTheNameIsGiven() throws Exception {
    FakePods pods = new FakePods();
    PodAddCommand add = new PodAddCommand();
    add.pods = pods;

    String line = run(add, "talker");

    assertEquals(PodRequest.named("talker"), pods.last);
    assertTrue(line.startsWith("pod talker is attached: 10.77.0.2/16 on tsn0"), line);
  }

  @Test
  void shouldRefuseNamespacesThatAreNotFilesFromTheRoot() {
    PodAddCommand add = new PodAddCommand();
    add.pods = new FakePods();

    String message = refusal(add, "talker", "--netns", "blue").getMessage();

    assertTrue(message.startsWith("'blue' does not name a network namespace"), message);
  }

  @Test
  void shouldDetachOnlyWhatIsAttached() throws Exception {
    FakePods pods = new FakePods();
    pods.attach(PodRequest.named("talker"));
    PodDelCommand delete = new PodDelCommand();
    delete.pods = pods;

    assertEquals("pod talker is detached\n", run(delete, "talker"));
    assertTrue(refusal(delete, "talker").getMessage().startsWith("there is no pod 'talker'"));
  }

  // ---- ports and shapers ----

  private record FakePort(String name) implements Port {
    @Override
    public long handle() {
      return 0;
    }

    @Override
    public PortModel model() {
      return new PortModel(1_000_000_000L, 0);
    }

    @Override
    public PortStatus status() {
      return new PortStatus("net_virtio_user0", true, 10, 2_560, 1);
    }
  }

  @Test
  void shouldShowEgressPortsAndSwitchPorts() throws Exception {
    PortsCommand ports = new PortsCommand();
    ports.addPort(new FakePort("k0"));
    ports.binder =
        new FakeBinder(
            new SwitchStatus(
                true,
                "3.1.0",
                "br-ktsn",
                List.of(
                    new SwitchStatus.SwitchPort(
                        "v0-ktsn", "system", 2, true, "", List.of("02:00:00:00:00:01")))));

    String text = run(ports);
    JsonObject answer = json(ports).getAsJsonObject();

    assertTrue(text.contains("k0    net_virtio_user0  up    1000000000"), text);
    assertTrue(text.contains("bridge br-ktsn, switch version 3.1.0"), text);
    assertTrue(text.matches("(?s).*v0-ktsn +system +2 +up +02:00:00:00:00:01 +7\n.*"), text);
    JsonObject port = answer.getAsJsonArray("ports").get(0).getAsJsonObject();
    assertEquals(10, port.get("sent_frames").getAsLong());
    assertEquals(1_000_000_000L, port.get("rate_bits_per_second").getAsLong());
    JsonObject bridge = answer.getAsJsonObject("switch");
    assertTrue(bridge.get("connected").getAsBoolean());
    JsonObject podPort = bridge.getAsJsonArray("ports").get(0).getAsJsonObject();
    assertEquals(2, podPort.get("number").getAsInt());
    assertEquals(7, podPort.get("dropped_frames").getAsInt());
  }

  @Test
  void shouldShowWhatIsThereWhenTheSwitchIsAway() throws Exception {
    PortsCommand ports = new PortsCommand();
    ports.addPort(new FakePort("k0"));
    assertTrue(run(ports).contains("no switch is bound"));

    ports.binder = new FakeBinder(new SwitchStatus(false, "", "br-ktsn", List.of()));
    assertTrue(run(ports).contains("the switch of bridge br-ktsn does not answer"));
    ports.removePort(new FakePort("k0"));
    assertTrue(run(ports).contains("no egress port is open"));
  }

  // ---- schedule ----

  private static final class FakeSchedule implements PortSchedule, ScheduleCodec {
    GateSchedule current = GateSchedule.open();
    String decoded = "";

    @Override
    public int trafficClasses() {
      return 8;
    }

    @Override
    public GateSchedule current() {
      return current;
    }

    @Override
    public GateSchedule change(GateParameters parameters) {
      current =
          new GateSchedule(
              current.oper(),
              current.operSinceNs(),
              Optional.of(new GateSchedule.Pending(parameters, parameters.baseTimeNs())),
              0);
      return current;
    }

    @Override
    public GateParameters decode(String text, int trafficClasses) {
      if (text.startsWith("bad")) {
        throw new ScheduleException(
            List.of(
                new ScheduleProblem("/a", "is wrong; do it right"),
                new ScheduleProblem("", "is incomplete")));
      }
      decoded = text;
      return TWO_CLASSES;
    }

    @Override
    public String encode(GateParameters parameters, String interfaceName) {
      return """
          {"i:interfaces": {"interface": [{"name": "%s", "b:bridge-port": {
            "s:gate-parameter-table": {
              "admin-base-time": {"seconds": "%d", "nanoseconds": 0},
              "config-change": true}}}]}}
          """
          .formatted(interfaceName, parameters.baseTimeNs() / 1_000_000_000L);
    }
  }

  private static ScheduleSetCommand scheduleSet(FakeSchedule schedule) {
    ScheduleSetCommand set = new ScheduleSetCommand();
    set.schedule = schedule;
    set.codec = schedule;
    return set;
  }

  @Test
  void shouldSetAScheduleFromTheCommandLineAFileOrTheInput() throws Exception {
    FakeSchedule schedule = new FakeSchedule();
    ScheduleSetCommand set = scheduleSet(schedule);

    assertEquals(
        "the schedule takes effect at 1000.000000000 TAI\n", run(set, "-", "T", "300us", "7"));
    assertEquals("T 300us 7", schedule.decoded);

    Files.writeString(directory.resolve("s.txt"), "from a file");
    JsonObject answer = json(set, "s.txt").getAsJsonObject();
    assertEquals("from a file", schedule.decoded);
    assertTrue(answer.get("accepted").getAsBoolean());
    assertEquals(1_000_000_000_000L, answer.get("config_change_time_ns").getAsLong());

    session = session("from the input");
    run(set, "-");
    assertEquals("from the input", schedule.decoded);
  }

  @Test
  void shouldPutEveryProblemOnALineOfItsOwn() {
    ScheduleSetCommand set = scheduleSet(new FakeSchedule());

    assertEquals(
        """
        the schedule is refused; the present one stays in force:
        /a: is wrong; do it right
        /: is incomplete\
        """,
        refusal(set, "-", "bad").getMessage());

    CommandException refusal = refusal(set, "-", "bad", "--json");
    JsonObject answer = JsonParser.parseString(refusal.output()).getAsJsonObject();
    assertFalse(answer.get("accepted").getAsBoolean());
    assertEquals(2, answer.getAsJsonArray("problems").size());
  }

  @Test
  void shouldRefuseScheduleFilesThatCantBeRead() throws Exception {
    ScheduleSetCommand set = scheduleSet(new FakeSchedule());
    assertTrue(refusal(set, "none.json").getMessage().startsWith("there is no schedule file"));
    assertTrue(refusal(set, ".").getMessage().contains("can't be read"));
    assertTrue(refusal(set, "a.json", "T").getMessage().contains("write - TEXT"));

    Files.write(directory.resolve("binary"), new byte[] {(byte) 0xff, 0, 1});
    assertTrue(refusal(set, "binary").getMessage().endsWith("is not UTF-8 text"));
    Files.write(directory.resolve("huge"), new byte[(1 << 20) + 1]);
    assertTrue(refusal(set, "huge").getMessage().contains("is longer than 1048576 octets"));
  }

  @Test
  void shouldShowWhatIsInForceWhatIsPendingAndTheNextEvents() throws Exception {
    FakeSchedule schedule = new FakeSchedule();
    schedule.current =
        new GateSchedule(
            TWO_CLASSES,
            1_000_000_000_000L,
            Optional.of(new GateSchedule.Pending(GateParameters.open(), 9_000_000_000_000L)),
            3);
    ScheduleCommand show = new ScheduleCommand();
    show.schedule = schedule;
    show.codec = schedule;
    show.clock = () -> 2_000_000_000_000L + 100_000;
    show.dataplane = new FakeDataplane();

    String text = run(show);
    JsonObject answer = json(show).getAsJsonObject();

    assertTrue(text.contains("in force since 1000.000000000 TAI, 8 traffic classes"), text);
    assertTrue(text.contains("pending until 9000.000000000 TAI"), text);
    assertTrue(text.contains("changes asked for with a base time in the past: 3\n"), text);
    assertTrue(text.contains("7      no limit     7\n"), text);
    assertTrue(text.contains("2000.000300000    200 us  0-6"), text);
    assertTrue(text.contains("2000.001000000    900 us  7"), text);
    assertEquals(3, answer.get("config_change_errors").getAsInt());
    JsonObject oper = answer.getAsJsonObject("oper");
    assertEquals(1_000_000, oper.get("cycle_time_ns").getAsLong());
    assertEquals(2, oper.getAsJsonArray("control_list").size());
    assertEquals(
        9_000_000_000_000L,
        answer.getAsJsonObject("pending").get("config_change_time_ns").getAsLong());
    JsonObject event = answer.getAsJsonArray("next_events").get(0).getAsJsonObject();
    assertEquals(2_000_000_300_000L, event.get("at_ns").getAsLong());
    assertEquals(0x7f, event.get("gate_states").getAsInt());
    assertEquals(0, answer.getAsJsonObject("admin").get("base_time_ns").getAsLong());
    assertEquals(
        JsonParser.parseString(
            """
            {"i:interfaces": {"interface": [{"name": "ktsn", "b:bridge-port": {
              "s:gate-parameter-table": {
                "admin-base-time": {"seconds": "0", "nanoseconds": 0},
                "queue-max-sdu-table": [
                  {"traffic-class": 0, "queue-max-sdu": 0, "transmission-overrun": "0"},
                  {"traffic-class": 1, "queue-max-sdu": 0, "transmission-overrun": "1"},
                  {"traffic-class": 2, "queue-max-sdu": 0, "transmission-overrun": "2"},
                  {"traffic-class": 3, "queue-max-sdu": 0, "transmission-overrun": "3"},
                  {"traffic-class": 4, "queue-max-sdu": 0, "transmission-overrun": "4"},
                  {"traffic-class": 5, "queue-max-sdu": 0, "transmission-overrun": "5"},
                  {"traffic-class": 6, "queue-max-sdu": 0, "transmission-overrun": "6"},
                  {"traffic-class": 7, "queue-max-sdu": 0, "transmission-overrun": "7"}],
                "oper-base-time": {"seconds": "1000", "nanoseconds": 0},
                "oper-gate-states": 128,
                "current-time": {"seconds": "2000", "nanoseconds": 100000},
                "config-change-time": {"seconds": "9000", "nanoseconds": 0},
                "config-pending": true,
                "config-change-error": "3",
                "tick-granularity": 10,
                "supported-list-max": 1024,
                "supported-cycle-max": {"numerator": 10, "denominator": 1},
                "supported-interval-max": 4294967295}}}]}}
            """),
        answer.get("document"));
  }

  @Test
  void shouldShowTheScheduleWithoutAClock() throws Exception {
    ScheduleCommand show = new ScheduleCommand();
    show.schedule = new FakeSchedule();

    assertTrue(run(show).contains("the next gate events are unknown"));
    assertFalse(json(show).getAsJsonObject().has("next_events"));
  }

  @Test
  void shouldNameOpenClassesAsTheShortFormDoes() {
    assertEquals("none", ScheduleView.openClasses(0));
    assertEquals("7", ScheduleView.openClasses(0x80));
    assertEquals("0-7", ScheduleView.openClasses(0xff));
    assertEquals("0-2,5,7", ScheduleView.openClasses(0b1010_0111));
  }

  // ---- data plane ----

  @Test
  void shouldShowCountersByPodNames() throws Exception {
    FakePods pods = new FakePods();
    pods.attach(PodRequest.named("talker"));
    StatsCommand stats = new StatsCommand();
    stats.dataplane = new FakeDataplane();
    stats.pods = pods;

    String text = run(stats);
    JsonObject answer = json(stats).getAsJsonObject();

    assertTrue(text.contains("dropped: MISSED    1"), text);
    assertTrue(text.contains("talker  100       98"), text);
    assertTrue(text.contains("#7      1         1"), text);
    assertTrue(text.contains("sent by timer      8\n"), text);
    assertEquals(98, answer.get("sent").getAsLong());
    assertEquals(90, answer.get("spun").getAsLong());
    assertEquals(98, answer.getAsJsonArray("sent_by_class").get(7).getAsLong());
    assertEquals(900, answer.getAsJsonObject("tx_error_ns").get("p99_9").getAsLong());
    assertEquals(40_000, answer.getAsJsonObject("planner_lateness_ns").get("p50").getAsLong());
    assertEquals(1, answer.getAsJsonObject("drops").get("MISSED").getAsLong());
    JsonObject pod = answer.getAsJsonArray("pods").get(0).getAsJsonObject();
    assertEquals("talker", pod.get("name").getAsString());
  }

  @Test
  void shouldShowWhatIsDoneAboutTheClock() throws Exception {
    FakeDataplane dataplane = new FakeDataplane();
    StatsCommand stats = new StatsCommand();
    stats.dataplane = dataplane;

    String text = run(stats);
    assertTrue(text.contains("clock              not watched\n"), text);
    assertTrue(text.contains("gates              as scheduled\n"), text);
    assertTrue(text.contains("new schedules      accepted\n"), text);

    dataplane.clock =
        new ClockEffect(
            ClockEffect.Monitor.HEARD,
            ClockState.FREE_RUNNING,
            ClockEffect.Gates.NARROWED,
            1_340,
            List.of(3, 5),
            true);
    text = run(stats);
    assertTrue(text.contains("clock              free-running\n"), text);
    assertTrue(
        text.contains("narrowed at both ends by 1340 ns; no window is left for class 3, 5"), text);
    assertTrue(text.contains("new schedules      held\n"), text);
    assertEquals(
        JsonParser.parseString(
            """
            {"monitor": "heard", "state": "free-running", "gates": "narrowed",
             "guard_band_ns": 1340, "closed_classes": [3, 5], "schedules_held": true}
            """),
        json(stats).getAsJsonObject().get("clock"));

    dataplane.clock =
        new ClockEffect(
            ClockEffect.Monitor.HEARD,
            ClockState.WRONG,
            ClockEffect.Gates.OPEN,
            0,
            List.of(),
            false);
    assertTrue(run(stats).contains("gates              all open, whatever the schedule says\n"));
    dataplane.clock =
        new ClockEffect(
            ClockEffect.Monitor.STUCK,
            ClockState.LOCAL,
            ClockEffect.Gates.AS_SCHEDULED,
            0,
            List.of(),
            false);
    assertTrue(run(stats).contains("clock              its monitor is stuck"));
  }

  @Test
  void shouldShowTheShaperAtWorkTheOthersAndTheQueues() throws Exception {
    FakeDataplane dataplane = new FakeDataplane();
    dataplane.offers =
        List.of(
            new DataplaneMonitor.ShaperOffer("tas", 100, "org.ktsn.shaper.tas", true),
            new DataplaneMonitor.ShaperOffer("cbs", 50, "org.ktsn.shaper.cbs", false));
    ShaperCommand shaper = new ShaperCommand();
    shaper.dataplane = dataplane;

    assertEquals(
        """
        SHAPER  AT WORK  RANKING  BUNDLE
        tas     yes      100      org.ktsn.shaper.tas
        cbs              50       org.ktsn.shaper.cbs
        3 times another was taken up, 0 failed

        CLASS  QUEUED  SENT  OVERRUNS
        7      2       98    7
        6      0       0     6
        5      0       0     5
        4      0       0     4
        3      0       0     3
        2      0       0     2
        1      0       0     1
        0      0       0     0
        """,
        run(shaper));
    JsonObject answer = json(shaper).getAsJsonObject();
    assertEquals("tas", answer.get("active").getAsString());
    assertEquals(3, answer.get("swaps").getAsLong());
    JsonObject other = answer.getAsJsonArray("shapers").get(1).getAsJsonObject();
    assertEquals("cbs", other.get("name").getAsString());
    assertEquals(50, other.get("ranking").getAsInt());
    assertEquals("org.ktsn.shaper.cbs", other.get("bundle").getAsString());
    assertFalse(other.get("active").getAsBoolean());
    JsonObject highest = answer.getAsJsonArray("classes").get(7).getAsJsonObject();
    assertEquals(2, highest.get("queued").getAsInt());
    assertEquals(7, highest.get("transmission_overrun").getAsLong());
    assertFalse(highest.has("credit_bits"));
  }

  @Test
  void shouldShowCreditsWhereThereAreAny() throws Exception {
    FakeDataplane dataplane = new FakeDataplane();
    dataplane.credits = true;
    ShaperCommand shaper = new ShaperCommand();
    shaper.dataplane = dataplane;

    String text = run(shaper);
    JsonObject credit =
        json(shaper).getAsJsonObject().getAsJsonArray("classes").get(6).getAsJsonObject();

    assertTrue(
        text.endsWith(
            """
            CLASS  IDLE SLOPE bit/s  SEND SLOPE bit/s  HI CREDIT bit  LO CREDIT  CREDIT
            6      20000000          -80000000         3000           -12000     -4096
            """),
        text);
    assertEquals(-80_000_000, credit.get("send_slope_bits_per_second").getAsLong());
    assertEquals(-4_096, credit.get("credit_bits").getAsLong());
  }

  @Test
  void shouldNameTheFallbackWhenNoShaperOnOfferIsAtWork() throws Exception {
    ShaperCommand shaper = new ShaperCommand();
    shaper.dataplane = new FakeDataplane();

    assertTrue(run(shaper).contains("tas     yes               none: the data plane's own"));
  }

  @Test
  void shouldStartAndStopATrace() throws Exception {
    FakeDataplane dataplane = new FakeDataplane();
    TraceStartCommand start = new TraceStartCommand();
    start.dataplane = dataplane;
    TraceStopCommand stop = new TraceStopCommand();
    stop.dataplane = dataplane;

    run(start, "trace.bin", "500");
    assertEquals(directory.resolve("trace.bin"), dataplane.traced);
    assertEquals(500, dataplane.records);
    run(stop);
    assertEquals(0, dataplane.records);

    for (String records : new String[] {"0", "-3", "many", "99999999999"}) {
      String message = refusal(start, "trace.bin", records).getMessage();
      assertTrue(message.startsWith("'" + records + "' is not a number of records"), message);
    }
  }
}
