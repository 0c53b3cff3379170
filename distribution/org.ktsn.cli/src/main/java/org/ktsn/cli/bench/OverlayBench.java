package org.ktsn.cli.bench;

import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.ktsn.cli.Control;
import org.ktsn.cli.Instance;
import org.ktsn.cli.hosts.SecondHost;
import org.ktsn.cli.terminal.Progress;
import org.ktsn.cli.terminal.Screen;
import org.ktsn.cli.testbed.Testbed;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code bench overlay}: latency and jitter from one host to another, by KTSN and by the data path
 * that Flannel sets up, and what the tunnel does to launch errors.
 */
@Command(
    name = "overlay",
    description = "Latency and jitter to another host, through KTSNd and by Flannel's data path.")
final class OverlayBench extends Bench {
  private static final int MOST_PODS = 199_000;

  @Option(
      names = "--frames",
      paramLabel = "N",
      defaultValue = "2000",
      description = "how many datagrams in each turn, 10 to 1000000 (${DEFAULT-VALUE})")
  private int frames;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "3",
      description = "how many turns of each way for each size, 1 to 100 (${DEFAULT-VALUE})")
  private int rounds;

  @Option(
      names = "--listener-processor",
      paramLabel = "N",
      description =
          "the processor that the listener runs on, of all ways (where the kernel has it)")
  private Optional<Integer> listenerProcessor = Optional.empty();

  @Option(
      names = "--announced",
      paramLabel = "NODES",
      defaultValue = "0",
      description =
          "measure instead how a node takes up so many others that announce themselves, 2 to 1000")
  private int announced;

  @Option(
      names = "--pods",
      paramLabel = "N",
      defaultValue = "200",
      description = "how many pods each of them has, 1 to 1000 (${DEFAULT-VALUE})")
  private int pods;

  @Option(
      names = "--changes",
      paramLabel = "N",
      defaultValue = "20",
      description =
          "how many times one of them has a pod more, and less, 1 to 1000 (${DEFAULT-VALUE})")
  private int changes;

  @Option(
      names = "--kills",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "kill instead the switch of either of two nodes so many times while frames flow, 1 to 300")
  private int kills;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "of the random numbers that say what is killed when (any)")
  private Optional<Long> seed = Optional.empty();

  private final Function<Map<String, String>, Control> controls;
  private final Map<String, String> environment;
  private final List<String> faults = new ArrayList<>();

  OverlayBench(Function<Map<String, String>, Control> control, Map<String, String> environment) {
    super(control, environment);
    this.controls = control;
    this.environment = environment;
  }

  @Override
  void check() {
    require(frames >= 10 && frames <= 1_000_000, "--frames", frames, "10 to 1000000");
    require(rounds >= 1 && rounds <= 100, "--rounds", rounds, "1 to 100");
    require(
        announced == 0 || (announced >= 2 && announced <= 1_000),
        "--announced",
        announced,
        "2 to 1000");
    require(pods >= 1 && pods <= 1_000, "--pods", pods, "1 to 1000");
    require(announced * pods <= MOST_PODS, "--pods", pods, "fewer, " + MOST_PODS + " on all nodes");
    int processors = Runtime.getRuntime().availableProcessors();
    int processor = listenerProcessor.orElse(0);
    require(
        processor >= 0 && processor < processors,
        "--listener-processor",
        processor,
        "0 to " + (processors - 1));
    require(kills >= 0 && kills <= 300, "--kills", kills, "1 to 300");
    require(kills == 0 || announced == 0, "--kills", kills, "it or --announced");
    require(changes >= 1 && changes <= 1_000, "--changes", changes, "1 to 1000");
  }

  @Override
  List<String> faults() {
    return faults;
  }

  @Override
  JsonObject measure(Testbed testbed, Screen screen, Progress progress) {
    if (announced > 0) {
      AnnouncedRun run =
          new AnnouncedRun(
              testbed,
              Path.of(environment.getOrDefault("KTSN_RUN", "/run/ktsn")),
              Instance.of(environment).name(),
              progress);
      return run.measure(announced, pods, changes, screen);
    }
    try (SecondHost second = new SecondHost(testbed, kills > 0, controls, environment)) {
      progress.show("making the other host");
      second.make();
      if (kills > 0) {
        OverlayKills run = new OverlayKills(testbed, second, progress);
        JsonObject figures =
            run.measure(
                kills, seed.orElseGet(() -> new SplittableRandom().nextLong(1_000_000)), screen);
        faults.addAll(run.faults());
        return figures;
      }
      listenerProcessor.ifPresent(testbed::listenersOn);
      OverlayLatency latency =
          new OverlayLatency(testbed, second.pods(), second.addFlannel(), frames, progress);
      JsonObject figures = latency.measure(rounds, screen);
      faults.addAll(latency.faults());
      return figures;
    }
  }
}
