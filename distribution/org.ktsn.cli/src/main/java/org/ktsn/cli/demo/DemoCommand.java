package org.ktsn.cli.demo;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.Supplier;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.Control;
import org.ktsn.cli.hosts.Underlay;
import org.ktsn.cli.terminal.Progress;
import org.ktsn.cli.terminal.Screen;
import org.ktsn.cli.testbed.Cleanup;
import org.ktsn.cli.testbed.Flow;
import org.ktsn.cli.testbed.Flow.DataPath;
import org.ktsn.cli.testbed.FlowResult;
import org.ktsn.cli.testbed.LaunchPlan;
import org.ktsn.cli.testbed.ListsInForce;
import org.ktsn.cli.testbed.ReportedGates;
import org.ktsn.cli.testbed.Testbed;
import org.ktsn.cli.testbed.WindowJudge;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code demo}: a talker that gives each datagram its launch time, a listener, a real schedule
 * between them, and what comes of it.
 */
@Command(
    name = "demo",
    description = "Sends datagrams with launch times from pod to pod and shows how they fared.")
public final class DemoCommand implements Callable<Integer> {
  private static final Gson GSON =
      new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();
  private static final long STATS_EVERY_NS = 1_000_000_000L;
  private static final int UNTIDY = 1;

  private final Function<Map<String, String>, Control> control;
  private final Map<String, String> environment;

  @Spec private CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "show this and end")
  boolean help; // read by picocli

  @Option(
      names = "--frames",
      paramLabel = "N",
      defaultValue = "10000",
      description = "how many datagrams (${DEFAULT-VALUE})")
  private int frames;

  @Option(
      names = "--size",
      paramLabel = "OCTETS",
      defaultValue = "256",
      description = "the payload of each, 16 to 1472 (${DEFAULT-VALUE})")
  private int size;

  @Option(
      names = "--period-us",
      paramLabel = "US",
      defaultValue = "1000",
      description = "from one launch to the next, 10 to 1000000 (${DEFAULT-VALUE})")
  private long periodUs;

  @Option(
      names = "--lead-us",
      paramLabel = "US",
      defaultValue = "500000",
      description = "how long before its launch a datagram is sent (${DEFAULT-VALUE})")
  private long leadUs;

  @Option(
      names = "--priority",
      paramLabel = "P",
      defaultValue = "7",
      description = "the talker's socket priority, 0 to 7 (${DEFAULT-VALUE})")
  private int priority;

  @Option(
      names = "--schedule",
      paramLabel = "FILE",
      description = "a gate schedule, JSON or short form (two windows that suit the flow)")
  private Optional<Path> scheduleFile = Optional.empty();

  @Option(names = "--json", paramLabel = "FILE", description = "write the figures there, as JSON")
  private Optional<Path> json = Optional.empty();

  @Option(
      names = "--mqtt",
      description = "have a controller change the schedule in the middle, through an MQTT broker")
  private boolean mqtt;

  @Option(
      names = "--ptp",
      description = "run a real ptp4l pair beside it, and show how good the clock was")
  private boolean ptp;

  @Option(
      names = "--runtime",
      paramLabel = "WHAT",
      defaultValue = "netns",
      description =
          "what talker and listener run in: netns, or containers of containerd or podman"
              + " (${DEFAULT-VALUE})")
  private String runtime;

  @Option(
      names = "--hosts",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "how many: 2 has the listener on another host, behind a tunnel (${DEFAULT-VALUE})")
  private int hosts;

  @Option(
      names = "--receiver",
      paramLabel = "WHAT",
      defaultValue = "kernel",
      description = "what the other host has: kernel, its VXLAN device, or ktsn (${DEFAULT-VALUE})")
  private String receiver;

  @Option(
      names = "--no-native-loop",
      description = "don't measure beside it what a loop without any daemon gets")
  private boolean noNativeLoop;

  @Option(
      names = "--no-real-time",
      description = "run talker and listener without a real-time priority")
  private boolean noRealTime;

  /**
   * Makes one.
   *
   * @param control connects to the daemon that the environment names
   * @param environment the process's
   */
  public DemoCommand(
      Function<Map<String, String>, Control> control, Map<String, String> environment) {
    this.control = control;
    this.environment = environment;
  }

  /** Returns 0 if every datagram arrived once, in order, and left within its window. */
  @Override
  public Integer call() {
    try {
      Flow flow =
          new Flow(
              frames,
              size,
              Math.multiplyExact(periodUs, 1000),
              Math.multiplyExact(leadUs, 1000),
              priority,
              DataPath.KTSN,
              !noRealTime);
      DemoRuntime within = DemoRuntime.of(runtime);
      TwoHosts.check(hosts, receiver, within);
      Optional<String> schedule = scheduleFile.map(DemoCommand::read);
      json.ifPresent(DemoCommand::mustBeWritable);
      return run(flow, within, schedule, Screen.standard(environment));
    } catch (CommandFailure e) {
      if (!Cleanup.interrupted()) {
        complain(e.getMessage());
      }
      return 1;
    } catch (ArithmeticException e) {
      complain("--period-us or --lead-us is out of range; --help tells what is in it.");
      return 1;
    }
  }

  private void complain(String sentence) {
    spec.commandLine().getErr().println("ktsn demo: " + sentence);
  }

  private int run(Flow flow, DemoRuntime within, Optional<String> wanted, Screen screen) {
    Progress progress = new Progress(screen.out(), screen.terminal());
    try (Testbed testbed = new Testbed(control.apply(environment), environment)) {
      long durationNs =
          testbed.wireDurationNs(
              flow.frameOctets() + (hosts == 2 ? Underlay.ENCAPSULATION_OCTETS : 0));
      String schedule = wanted.orElseGet(() -> LaunchPlan.usualSchedule(flow, durationNs));
      JsonObject report = testbed.schedule(schedule);
      ReportedGates program = ReportedGates.fromReport(report);
      LaunchPlan plan =
          LaunchPlan.of(new WindowJudge(program), flow, durationNs, testbed.earliestBaseNs());

      progress.say(
          String.format(
              Locale.ROOT,
              "%d datagrams of %d octets, one every %d us, in traffic class %d",
              flow.frames(),
              flow.size(),
              flow.periodNs() / 1000,
              flow.trafficClass()));
      progress.say("schedule  " + scheduleFile.map(Path::toString).orElse(schedule));
      if (!plan.fits()) {
        progress.say(
            "some launch times lie outside the windows: these frames wait for the next one");
      }
      progress.say("");

      return run(testbed, flow, within, plan, program, report, screen, progress);
    }
  }

  private int run(
      Testbed testbed,
      Flow flow,
      DemoRuntime within,
      LaunchPlan plan,
      ReportedGates program,
      JsonObject schedule,
      Screen screen,
      Progress progress) {
    Optional<MqttSideshow> controller =
        mqtt ? Optional.of(new MqttSideshow(testbed, environment, program)) : Optional.empty();
    Supplier<ListsInForce> lists =
        () ->
            controller
                .map(MqttSideshow::lists)
                .orElseGet(() -> new ListsInForce(program, Optional.empty()));
    Optional<ContainerSideshow> containers =
        within == DemoRuntime.NETNS
            ? Optional.empty()
            : Optional.of(
                new ContainerSideshow(
                    testbed,
                    environment,
                    within,
                    flow,
                    program,
                    each -> plan.firstLaunchNs(each, testbed.earliestBaseNs()),
                    lists,
                    progress));
    Optional<TwoHosts> twoHosts =
        hosts == 2
            ? Optional.of(
                new TwoHosts(testbed, receiver.equals("ktsn"), control, environment, progress))
            : Optional.empty();
    List<Sideshow> sideshows = new ArrayList<>(containers.stream().toList());
    sideshows.addAll(twoHosts.stream().toList());
    sideshows.addAll(controller.stream().toList());
    if (ptp) {
      sideshows.add(new PtpSideshow(testbed, environment));
    }
    try {
      sideshows.forEach(Sideshow::prepare);
      long aheadNs = containers.isPresent() ? ContainerSideshow.startAheadNs() : 0;
      long earliestNs =
          controller
              .map(agreeing -> agreeing.agree(flow, aheadNs))
              .orElseGet(() -> testbed.earliestBaseNs() + aheadNs);
      long baseNs = plan.firstLaunchNs(flow, earliestNs);
      sideshows.forEach(each -> each.begin(flow, baseNs));
      SentAndReceived counts = new SentAndReceived(testbed, flow, baseNs, progress);
      FlowResult measured =
          testbed.run(
              flow,
              twoHosts
                  .map(TwoHosts::pods)
                  .or(() -> containers.map(ContainerSideshow::pods))
                  .orElseGet(testbed::pods),
              baseNs,
              !noNativeLoop,
              (received, nowNs) -> {
                counts.look(received, nowNs);
                sideshows.forEach(each -> each.look(nowNs));
              });
      FlowResult result =
          twoHosts.isPresent() ? measured.tunnelled(Underlay.ENCAPSULATION_OCTETS) : measured;
      sideshows.forEach(each -> each.end(result));
      progress.clear();

      Report outcome = Report.of(result, lists.get());
      outcome.toText(screen.unicode()).forEach(screen.out()::println);
      for (Sideshow each : sideshows) {
        screen.out().println();
        each.lines().forEach(screen.out()::println);
      }
      json.ifPresent(file -> write(file, document(outcome, within, testbed, schedule, sideshows)));
      List<String> faults = new ArrayList<>(outcome.faults());
      sideshows.forEach(each -> faults.addAll(each.faults()));
      if (!faults.isEmpty()) {
        screen.out().println();
        faults.forEach(fault -> screen.out().println("FAULT: " + fault));
      }
      return faults.isEmpty() ? 0 : UNTIDY;
    } finally {
      sideshows.forEach(Sideshow::close);
    }
  }

  private static String document(
      Report outcome,
      DemoRuntime within,
      Testbed testbed,
      JsonObject schedule,
      List<Sideshow> sideshows) {
    JsonObject document =
        outcome.toJson(
            testbed.stats().get("shaper").getAsString(), schedule.getAsJsonObject("oper"));
    document.addProperty("runtime", within.word());
    document.addProperty("hosts", 1);
    sideshows.forEach(each -> each.addTo(document));
    return GSON.toJson(document) + "\n";
  }

  /** Shows how many frames KTSNd has sent and the listener received. */
  private static final class SentAndReceived implements Testbed.Watcher {
    private final Testbed testbed;
    private final Flow flow;
    private final long baseNs;
    private final Progress progress;
    private final long sentBefore;
    private long sent;
    private long receivedBefore;
    private long askedNs = Long.MIN_VALUE;

    SentAndReceived(Testbed testbed, Flow flow, long baseNs, Progress progress) {
      this.testbed = testbed;
      this.flow = flow;
      this.baseNs = baseNs;
      this.progress = progress;
      this.sentBefore = sent();
    }

    @Override
    public void look(long received, long nowNs) {
      if (nowNs >= baseNs && nowNs - STATS_EVERY_NS >= askedNs) {
        askedNs = nowNs;
        receivedBefore = received; // what is counted later can't be less
        sent = sent() - sentBefore;
      }
      progress.show(
          nowNs < baseNs
              ? "waiting for the first launch time"
              : String.format(
                  Locale.ROOT,
                  "%3d %%   sent %d   received %d   of %d",
                  100 * receivedBefore / flow.frames(),
                  sent,
                  receivedBefore,
                  flow.frames()));
    }

    private long sent() {
      return testbed.stats().get("sent").getAsLong();
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new CommandFailure(
          "The schedule file " + file + " can't be read; give --schedule an existing text file.",
          e);
    }
  }

  private static void mustBeWritable(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    if (Files.isDirectory(file) || folder == null || !Files.isWritable(folder)) {
      throw new CommandFailure(
          "--json " + file + " can't be written; name a file in an existing folder.");
    }
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new CommandFailure("Can't write " + file + ": " + e.getMessage() + ".", e);
    }
  }
}
