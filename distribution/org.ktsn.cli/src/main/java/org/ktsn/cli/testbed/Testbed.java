package org.ktsn.cli.testbed;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.Control;

/**
 * Pods of the running daemon, a listener's and one for each talker, between which flows are
 * measured. One thread.
 */
public final class Testbed implements AutoCloseable {
  private static final long MILLISECOND = 1_000_000L;
  private static final long SECOND = 1_000_000_000L;
  private static final long START_AHEAD_NS = 2_500 * MILLISECOND;
  private static final long START_EACH_NS = 50 * MILLISECOND;
  private static final int FIRST_PORT = 7777;
  private static final int LAST_PORT = 17777;
  private static final long SCHEDULE_LIMIT_MS = 30_000;

  /** A record for each attempt to launch a frame again. */
  private static final int MOST_SPARE_RECORDS = 200_000;

  private final Control control;
  private final Path run;
  private final Path programs;
  private final Path preload;
  private final Path work;
  private final FlowPrograms flowPrograms;
  private final Cleanup cleanup = Cleanup.atExit();
  private final List<NamespacePod> talkers = new ArrayList<>();
  private final NamespacePod listener;
  private final CpuTime daemon;
  private final long taiOffsetNs;
  private final PlannedLink link;
  private int port = FIRST_PORT;
  private final SpinShare spinShare;

  /** What happens while a flow runs. */
  @FunctionalInterface
  public interface Watcher {
    /**
     * Called several times a second, from the thread that runs the flow.
     *
     * @param received how many datagrams have arrived
     * @param nowNs the present instant, in TAI nanoseconds
     */
    void look(long received, long nowNs);
  }

  /**
   * Attaches the pods.
   *
   * @param control the daemon
   * @param environment the process's: {@code KTSN_RUN} is the instance's run directory, {@code
   *     KTSN_HOME} the distribution
   */
  @SuppressWarnings("this-escape") // final class
  public Testbed(Control control, Map<String, String> environment) {
    this.control = control;
    this.run = Path.of(required(environment, "KTSN_RUN"));
    this.spinShare = new SpinShare(control, run);
    Path home = Path.of(required(environment, "KTSN_HOME"));
    this.programs = Path.of(environment.getOrDefault("KTSN_DEMO", home.resolve("demo").toString()));
    this.preload = home.resolve("shim/libktsn.so");
    Stream.of("talker", "listener", "nativeloop")
        .map(programs::resolve)
        .forEach(file -> mustBeThere(file, "make -C distribution/demo"));
    mustBeThere(preload, "make -C shim");
    try {
      this.daemon = CpuTime.ofPidFile(run.resolve("ktsnd.pid"));
      this.flowPrograms = new FlowPrograms(programs, daemon, this::nowNs);
      this.taiOffsetNs = flowPrograms.taiOffsetNs(cleanup);
      this.link = new PlannedLink(onlyPort(control.json("ktsn:ports")), control, run);
      this.work = new WorkFolder(run, cleanup).path();
      talkers.add(attach("talker"));
      this.listener = attach("listener");
    } catch (RuntimeException e) {
      cleanup.close();
      throw e;
    }
  }

  /** Returns the present instant in TAI nanoseconds. */
  public long nowNs() {
    Instant now = Instant.now();
    return now.getEpochSecond() * SECOND + now.getNano() + taiOffsetNs;
  }

  /** Returns the IPv4 address of the listener's pod. */
  public String listenerAddress() {
    return listener.address();
  }

  /**
   * Runs one of the demo's programs in the talker's pod, with LibKTSN, to its end.
   *
   * @return what it printed
   * @throws CommandFailure if it failed, or does not end in time
   */
  public String runInTalker(String program, List<String> arguments, long limitMs) {
    Path file = programs.resolve(program);
    mustBeThere(file, "make -C distribution/demo");
    List<String> command = new ArrayList<>(List.of(file.toString()));
    command.addAll(arguments);
    return Child.run(program, talkers.getFirst().preloaded(command), limitMs);
  }

  /** Returns how long a frame of the flow occupies the link. */
  public long frameDurationNs(Flow flow) {
    return wireDurationNs(flow.frameOctets());
  }

  /** Returns how long an Ethernet frame of so many octets, without the FCS, occupies the link. */
  public long wireDurationNs(int frameOctets) {
    return link.wireDurationNs(frameOctets);
  }

  /**
   * Has frames planned for a link of this rate, until the testbed is closed.
   *
   * @throws CommandFailure if the daemon does not take the rate up
   */
  public void linkRate(long bitsPerSecond) {
    cleanup.add(link::reset);
    link.rate(bitsPerSecond, work.resolve("probe"));
  }

  /**
   * Has the launcher spin for this share of its processor's time at most, from now on. Frames must
   * have been received before: that they are counted from 0 again shows that another data plane is
   * at work.
   *
   * @throws CommandFailure if the daemon does not take the share up
   */
  public void spinPercent(int percent) {
    spinShare.set(percent);
  }

  /**
   * Puts a schedule in force, and waits until it is.
   *
   * @param text JSON or the short form
   * @return the daemon's report of it
   */
  public JsonObject schedule(String text) {
    requestSchedule(text);
    return settledSchedule();
  }

  /**
   * Asks for a schedule without waiting for it.
   *
   * @param text JSON or the short form
   * @return the instant at which it takes effect, in TAI nanoseconds
   */
  public long requestSchedule(String text) {
    Path file = work.resolve("schedule");
    WorkFolder.write(file, text);
    return control
        .json("ktsn:schedule-set " + file)
        .getAsJsonObject()
        .get("config_change_time_ns")
        .getAsLong();
  }

  /** Waits until no schedule is pending; returns the daemon's report of the one in force. */
  public JsonObject settledSchedule() {
    AtomicReference<JsonObject> report = new AtomicReference<>();
    if (!Patience.until(
        () -> {
          report.set(control.json("ktsn:schedule").getAsJsonObject());
          return !isPending(report.get());
        },
        SCHEDULE_LIMIT_MS,
        50)) {
      throw new CommandFailure(
          "The schedule does not take effect within "
              + SCHEDULE_LIMIT_MS / 1000
              + " s; give it an earlier base time.");
    }
    return report.get();
  }

  private static boolean isPending(JsonObject report) {
    return report.has("pending") && !report.get("pending").isJsonNull();
  }

  /** Has the listeners of flows run on one processor from now on. */
  public void listenersOn(int processor) {
    flowPrograms.listenersOn(processor);
  }

  /** Returns the data plane's counters. */
  public JsonObject stats() {
    return control.json("ktsn:stats").getAsJsonObject();
  }

  /** Returns the folder for what a run needs; it goes with the pods. */
  public Path work() {
    return work;
  }

  /** Returns LibKTSN. */
  public Path library() {
    return preload;
  }

  /** Returns the folder of the demo's programs. */
  public Path programs() {
    return programs;
  }

  /** Returns what is undone at the end of all. */
  public Cleanup cleanup() {
    return cleanup;
  }

  /** Has something undone at the end of all, whatever happens; the last thing first. */
  public void undoAtEnd(Runnable action) {
    cleanup.add(action);
  }

  /** Returns what memory the daemon has present now, in KiB; hugepages are not counted. */
  public long residentKib() {
    return daemon.residentKib();
  }

  /** Returns the daemon's command line. */
  public Control control() {
    return control;
  }

  /** Returns an instant at which a flow can begin that is started now. */
  public long earliestBaseNs() {
    return earliestBaseNs(1);
  }

  /** Returns an instant at which so many flows can begin whose programs are started now. */
  public long earliestBaseNs(int flows) {
    return nowNs() + START_AHEAD_NS + (flows - 1) * START_EACH_NS;
  }

  /** Attaches pods for so many talkers, unless there are as many: it takes longer than a start. */
  public void talkers(int count) {
    talkerPod(count - 1);
  }

  /**
   * Runs one flow from its talker to its listener, and measures it.
   *
   * @param baseNs the first launch time, {@link #earliestBaseNs} or later
   * @param withNativeLoop whether a native loop runs beside it
   * @param watcher looks on
   */
  public FlowResult run(Flow flow, long baseNs, boolean withNativeLoop, Watcher watcher) {
    return run(flow, pods(), baseNs, withNativeLoop, watcher);
  }

  /** Does the same between other pods than the testbed's own. */
  public FlowResult run(
      Flow flow, TestPod.Pair between, long baseNs, boolean withNativeLoop, Watcher watcher) {
    return run(List.of(running(flow, between, 0)), baseNs, withNativeLoop, watcher).getFirst();
  }

  /** Returns the testbed's own pods: network namespaces. */
  public TestPod.Pair pods() {
    return new TestPod.Pair(talkerPod(0), listener);
  }

  /**
   * Runs flows at the same time, each from a talker in a pod of its own, and measures them.
   *
   * @param flows all on the same path
   * @param baseNs the first launch time of each, {@link #earliestBaseNs} or later
   * @param watcher looks on; it is told how many datagrams of all flows have arrived
   * @return one for each flow, in their order
   */
  public List<FlowResult> run(List<Flow> flows, long baseNs, Watcher watcher) {
    List<RunningFlow> all = new ArrayList<>();
    for (int i = 0; i < flows.size(); i++) {
      all.add(running(flows.get(i), new TestPod.Pair(talkerPod(i), listener), i));
    }
    return run(all, baseNs, false, watcher);
  }

  /**
   * Sends flows at the same time that nobody receives, each from a talker in a pod of its own, one
   * behind the other by an equal part of the period.
   *
   * @param baseNs the first launch time of all, {@link #earliestBaseNs(int)} or later
   * @return how much of a processor the daemon used meanwhile, in percent
   */
  public double send(Flow flow, int pods, long baseNs, Watcher watcher) {
    List<RunningFlow> all = new ArrayList<>();
    for (int i = 0; i < pods; i++) {
      talkerPod(i).introduce(listener);
      all.add(running(flow, new TestPod.Pair(talkerPod(i), listener), i));
    }
    try (Cleanup running = Cleanup.within(cleanup)) {
      return new FlowRun(flowPrograms, daemon, this::nowNs, watcher, running)
          .send(all, baseNs, flow.periodNs() / pods);
    }
  }

  private RunningFlow running(Flow flow, TestPod.Pair between, int place) {
    return new RunningFlow(flow, between, nextPort(), work.resolve("arrivals-" + place));
  }

  private List<FlowResult> run(
      List<RunningFlow> all, long baseNs, boolean withNativeLoop, Watcher watcher) {
    Path traceFile = work.resolve("trace");
    Path moments = work.resolve("moments");
    boolean traced = all.getFirst().flow().path().isLaunched();
    double cpuPercent;
    try (Cleanup running = Cleanup.within(cleanup)) {
      if (traced) {
        int frames = all.stream().mapToInt(one -> one.flow().frames()).sum();
        int attempts = Math.max(frames / 8, Math.min(3 * frames, MOST_SPARE_RECORDS));
        control.run("ktsn:trace-start " + traceFile + " " + (frames + attempts + 1024));
        running.add(() -> control.run("ktsn:trace-stop"));
      }
      cpuPercent =
          new FlowRun(flowPrograms, daemon, this::nowNs, watcher, running)
              .measure(all, baseNs, withNativeLoop ? Optional.of(moments) : Optional.empty());
    }
    Optional<TraceFile> trace = traced ? Optional.of(TraceFile.read(traceFile)) : Optional.empty();
    List<FlowResult> results = new ArrayList<>();
    for (RunningFlow one : all) {
      results.add(
          new FlowResult(
              one.flow(),
              baseNs,
              Arrivals.read(one.arrivals()),
              trace.map(one::of),
              withNativeLoop ? Optional.of(NativeMoments.read(moments)) : Optional.empty(),
              cpuPercent));
    }
    return results;
  }

  /** Detaches the pods and removes what was made. */
  @Override
  public void close() {
    cleanup.close();
  }

  private NamespacePod talkerPod(int place) {
    while (talkers.size() <= place) {
      talkers.add(attach("talker" + (talkers.size() + 1)));
    }
    return talkers.get(place);
  }

  private NamespacePod attach(String name) {
    NamespacePod pod = NamespacePod.fromJson(control.json("ktsn:pod-add " + name), preload);
    cleanup.add(() -> control.run("ktsn:pod-del " + name));
    return pod;
  }

  /** Each flow has a port of its own, so that a late datagram is never another flow's. */
  private int nextPort() {
    port = port == LAST_PORT ? FIRST_PORT : port + 1;
    return port;
  }

  private static JsonObject onlyPort(JsonElement report) {
    List<JsonElement> ports = report.getAsJsonObject().getAsJsonArray("ports").asList();
    if (ports.isEmpty()) {
      throw new CommandFailure(
          "KTSNd has no egress port open; 'ktsn shell ktsn:health' tells why.");
    }
    return ports.getFirst().getAsJsonObject();
  }

  private static String required(Map<String, String> environment, String name) {
    return Optional.ofNullable(environment.get(name))
        .orElseThrow(
            () -> new CommandFailure(name + " is not set; run this as './ktsn demo' does."));
  }

  private static void mustBeThere(Path file, String remedy) {
    if (!Files.isReadable(file)) {
      throw new CommandFailure(file + " is not there; '" + remedy + "' builds it.");
    }
  }
}
