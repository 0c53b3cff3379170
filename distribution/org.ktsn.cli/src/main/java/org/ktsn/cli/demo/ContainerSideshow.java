package org.ktsn.cli.demo;

import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.ktsn.cli.terminal.Progress;
import org.ktsn.cli.testbed.Delivery;
import org.ktsn.cli.testbed.Figures;
import org.ktsn.cli.testbed.Flow;
import org.ktsn.cli.testbed.Flow.DataPath;
import org.ktsn.cli.testbed.FlowResult;
import org.ktsn.cli.testbed.ListsInForce;
import org.ktsn.cli.testbed.Quantiles;
import org.ktsn.cli.testbed.ReportedGates;
import org.ktsn.cli.testbed.TestPod;
import org.ktsn.cli.testbed.Testbed;

/**
 * The demo's flow between two real containers, compared with one between network namespaces, half
 * as long and before it. Ordinary datagrams take the containers' other network.
 */
final class ContainerSideshow implements Sideshow {
  private static final int ORDINARY_FRAMES = 100;
  private static final int LEAST_FRAMES = 100;

  /** To start a program in a container takes a runtime some tenths of a second. */
  private static final long START_AHEAD_NS = 2_000_000_000L;

  private final Testbed testbed;
  private final Map<String, String> environment;
  private final DemoRuntime kind;
  private final ReportedGates program;
  private final Progress progress;
  private final ToLongFunction<Flow> firstLaunchNs;
  private final Supplier<ListsInForce> lists;
  private final Flow flow;

  private ContainerRuntime runtime;
  private ContainerPod talker;
  private ContainerPod listener;
  private Report reference;
  private Delivery ordinary;
  private long ordinaryThroughKtsnd;
  private Optional<FlowResult> result = Optional.empty();

  /**
   * Makes one.
   *
   * @param kind the runtime of the containers
   * @param flow what the demo sends
   * @param program the schedule in force
   * @param firstLaunchNs chooses when a flow begins that is started now
   * @param lists the schedules in force while the demo's flow was sent, known at the end
   */
  ContainerSideshow(
      Testbed testbed,
      Map<String, String> environment,
      DemoRuntime kind,
      Flow flow,
      ReportedGates program,
      ToLongFunction<Flow> firstLaunchNs,
      Supplier<ListsInForce> lists,
      Progress progress) {
    this.testbed = testbed;
    this.environment = environment;
    this.kind = kind;
    this.flow = flow;
    this.program = program;
    this.firstLaunchNs = firstLaunchNs;
    this.lists = lists;
    this.progress = progress;
  }

  /** Returns the containers, once they are prepared. */
  TestPod.Pair pods() {
    return new TestPod.Pair(talker, listener);
  }

  /** Returns how much longer before its first launch a flow is to be started. */
  static long startAheadNs() {
    return START_AHEAD_NS;
  }

  @Override
  public void prepare() {
    progress.show("starting containers");
    ContainerFolder folder = ContainerFolder.make(testbed, environment);
    runtime =
        kind == DemoRuntime.PODMAN ? new Podman(folder) : new Containerd(folder, testbed.cleanup());
    runtime.begin();
    listener = start("listener", false, folder);
    talker = start("talker", true, folder);
    if (flow.realTime()) {
      RealTimeShare.grant(folder.instance());
    }
    for (String line : containers()) {
      progress.say(line);
    }
    progress.say("");

    ordinary = ordinaryFlow();
    Flow half = of(flow.path(), Math.max(flow.frames() / 2, Math.min(flow.frames(), LEAST_FRAMES)));
    FlowResult between =
        testbed.run(
            half,
            firstLaunchNs.applyAsLong(half),
            false,
            (received, nowNs) -> progress.show("network namespaces first: received " + received));
    reference = Report.of(between, program);
    progress.clear();
  }

  private ContainerPod start(String name, boolean launches, ContainerFolder folder) {
    return ContainerPod.start(runtime, name, launches, folder.directory(), testbed.cleanup());
  }

  private Delivery ordinaryFlow() {
    long before = receivedByKtsnd();
    FlowResult sent =
        testbed.run(
            of(DataPath.KERNEL, ORDINARY_FRAMES),
            new TestPod.Pair(talker, listener.ordinary()),
            testbed.earliestBaseNs() + START_AHEAD_NS,
            false,
            (received, nowNs) -> progress.show("ordinary datagrams: received " + received));
    ordinaryThroughKtsnd = receivedByKtsnd() - before;
    return sent.delivery();
  }

  private long receivedByKtsnd() {
    return testbed.stats().get("received").getAsLong();
  }

  private Flow of(DataPath path, int frames) {
    return new Flow(
        frames,
        flow.size(),
        flow.periodNs(),
        flow.leadNs(),
        flow.priority(),
        path,
        flow.realTime());
  }

  @Override
  public void begin(Flow ignored, long baseNs) {
    // The flow itself is the show.
  }

  @Override
  public void look(long nowNs) {
    // Nothing changes meanwhile.
  }

  @Override
  public void end(FlowResult measured) {
    result = Optional.of(measured);
  }

  private List<String> containers() {
    return List.of(
        "runtime   " + runtime.version(),
        "          tsn0 by tsn-cni  " + talker.address() + " -> " + listener.address(),
        "          eth0 by bridge   "
            + talker.ordinaryAddress()
            + " -> "
            + listener.ordinaryAddress());
  }

  @Override
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            Locale.ROOT,
            "in containers of %s, beside network namespaces (%d datagrams, before)",
            kind.word(),
            reference.delivery().sent()));
    lines.addAll(figures().tableBeside(referenceFigures(), kind.word(), DemoRuntime.NETNS.word()));
    lines.add("");
    lines.add(
        String.format(
            Locale.ROOT,
            "ordinary datagrams over eth0: sent %d   received %d   through KTSNd %d",
            ordinary.sent(),
            ordinary.received(),
            ordinaryThroughKtsnd));
    return lines;
  }

  /** A later schedule would give other latencies: its frames are left out of the comparison. */
  private Figures figures() {
    long untilNs = lists.get().change().map(ListsInForce.Change::atNs).orElse(Long.MAX_VALUE);
    return Figures.of(result.orElseThrow(), untilNs);
  }

  private Figures referenceFigures() {
    return Figures.of(reference.result(), Long.MAX_VALUE);
  }

  @Override
  public void addTo(JsonObject report) {
    JsonObject netns = new JsonObject();
    JsonObject frames = new JsonObject();
    frames.addProperty("sent", reference.delivery().sent());
    frames.addProperty("received", reference.delivery().received());
    frames.addProperty("late", reference.late());
    frames.addProperty("outside_window", reference.outsideWindow());
    netns.add("frames", frames);
    referenceFigures().addTo(netns);

    JsonObject overBridge = new JsonObject();
    overBridge.addProperty("sent", ordinary.sent());
    overBridge.addProperty("received", ordinary.received());
    overBridge.addProperty("through_ktsnd", ordinaryThroughKtsnd);
    overBridge.add("latency_us", Quantiles.of(ordinary.latencyNs()).toJsonUs());

    report.addProperty("runtime_version", runtime.version());
    report.add("netns", netns);
    report.add("ratio_to_netns", figures().ratioTo(referenceFigures()));
    report.add("ordinary", overBridge);
  }

  @Override
  public List<String> faults() {
    List<String> faults = new ArrayList<>();
    reference.faults().forEach(fault -> faults.add("between network namespaces, " + fault));
    if (ordinary.lost() != 0) {
      faults.add("ordinary datagrams that did not arrive: " + ordinary.lost());
    }
    if (ordinaryThroughKtsnd != 0) {
      faults.add("ordinary datagrams that came to KTSNd: " + ordinaryThroughKtsnd);
    }
    return faults;
  }

  /** The containers end with the testbed, before its pods. */
  @Override
  public void close() {}
}
