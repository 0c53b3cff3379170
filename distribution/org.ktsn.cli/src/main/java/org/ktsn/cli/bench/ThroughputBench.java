package org.ktsn.cli.bench;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.Control;
import org.ktsn.cli.terminal.Progress;
import org.ktsn.cli.terminal.Screen;
import org.ktsn.cli.testbed.Flow;
import org.ktsn.cli.testbed.Flow.DataPath;
import org.ktsn.cli.testbed.FlowResult;
import org.ktsn.cli.testbed.Testbed;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code bench throughput}: how many datagrams a second pass without one being lost or late: with
 * launch times through KTSNd, and sent in bursts through the kernel between the same pods, rate by
 * rate and by turns; then the highest rate of each, by bisection.
 */
@Command(
    name = "throughput",
    description = "How many datagrams a second pass through KTSNd, and through the kernel.")
final class ThroughputBench extends Bench {
  /** Launch times lie so far ahead, as of a program that computes some of its frames at once. */
  private static final long LEAD_NS = 50_000_000;

  /** So many octets more than one of IPv4 a header of IPv6 has. */
  private static final int IPV6_MORE = 20;

  private static final long BURST_NS = 1_000_000;
  private static final int PRIORITY = 7;
  private static final long SECOND = 1_000_000_000;
  private static final int MAX_RATE = 100_000;
  private static final int UNSAID = -1;
  private static final String IPV6 = "ipv6";
  private static final Map<String, Contender> FAMILIES =
      Map.of("ipv4", Contender.KTSN, IPV6, Contender.IPV6, "packet", Contender.FRAMES);
  private static final String OVS = "ovs";
  private static final String NULL = "null";
  private static final List<Integer> RATES = List.of(1000, 5000, 10_000, 20_000, 50_000, 100_000);
  private static final List<Integer> NULL_RATES =
      List.of(50_000, 100_000, 200_000, 400_000, 800_000, 1_200_000, 1_600_000);

  @Option(
      names = "--rates",
      paramLabel = "R,R...",
      split = ",",
      description =
          "datagrams a second, of all pods together, 1 to 100000 for a pod (1000 to 100000; up to"
              + " 1600000 with --port null)")
  private List<Integer> rates = List.of();

  @Option(
      names = "--bisect",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "so many steps towards the highest rate that passes, 0 to 10 (${DEFAULT-VALUE})")
  private int bisections;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      defaultValue = "3",
      description = "how long each rate is sent, 1 to 60 (${DEFAULT-VALUE})")
  private int seconds;

  @Option(
      names = "--pods",
      paramLabel = "N",
      description = "how many pods send, 1 to 64 (1; 16 with --port null)")
  private int pods = UNSAID;

  @Option(
      names = "--size",
      paramLabel = "OCTETS",
      defaultValue = "64",
      description = "the payload of each, 16 to 1472 (${DEFAULT-VALUE})")
  private int size;

  @Option(
      names = "--spin",
      paramLabel = "P,P...",
      split = ",",
      description =
          "measure with each of these values of launcher.spin.percent, 0 to 100 (the node's own)")
  private List<Integer> spinPercents = List.of();

  @Option(
      names = "--family",
      paramLabel = "F,F...",
      split = ",",
      description =
          "what is sent with launch times, by turns: ipv4, ipv6, and packet for frames of a packet"
              + " socket (ipv4)")
  private List<String> families = List.of();

  @Option(
      names = "--reports",
      description = "by turns also IPv4 whose sender asks what became of each, and reads it")
  private boolean reports;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = OVS,
      description =
          "ovs: through the switch; null: a node without one, whose port leads nowhere"
              + " (${DEFAULT-VALUE})")
  private String port;

  ThroughputBench(Function<Map<String, String>, Control> control, Map<String, String> environment) {
    super(control, environment);
  }

  @Override
  void check() {
    if (!port.equals(OVS) && !port.equals(NULL)) {
      throw new CommandFailure("--port is '" + port + "': give ovs or null.");
    }
    if (pods == UNSAID) {
      pods = leadsNowhere() ? 16 : 1;
    }
    if (rates.isEmpty()) {
      rates = leadsNowhere() ? NULL_RATES : RATES;
    }
    require(pods >= 1 && pods <= 64, "--pods", pods, "1 to 64");
    require(seconds >= 1 && seconds <= 60, "--seconds", seconds, "1 to 60");
    require(bisections >= 0 && bisections <= 10, "--bisect", bisections, "0 to 10");
    for (int rate : rates) {
      require(rate >= pods && rate <= MAX_RATE * pods, "--rates", rate, "1 to 100000 for a pod");
    }
    if (leadsNowhere() && !spinPercents.isEmpty()) {
      throw new CommandFailure("--spin and --port null do not go together.");
    }
    for (String family : families) {
      if (!FAMILIES.containsKey(family)) {
        throw new CommandFailure("--family is '" + family + "': give ipv4, ipv6 or packet.");
      }
    }
    if ((reports || !families.isEmpty()) && (leadsNowhere() || !spinPercents.isEmpty())) {
      throw new CommandFailure(
          "--family and --reports go together with neither --spin nor --port null.");
    }
    for (int percent : spinPercents) {
      require(percent >= 0 && percent <= 100, "--spin", percent, "0 to 100");
    }
    new Flow(1, size, SECOND, LEAD_NS, PRIORITY, DataPath.KTSN, false); // judges the size
    require(
        !families.contains("ipv6") || size <= Flow.MAX_SIZE - IPV6_MORE,
        "--size",
        size,
        "16 to " + (Flow.MAX_SIZE - IPV6_MORE) + " with IPv6");
  }

  private boolean leadsNowhere() {
    return port.equals(NULL);
  }

  @Override
  Testbed testbed(Control node, Map<String, String> environment) {
    if (families.contains(IPV6)) {
      Ipv6Subnet.begin(node);
    }
    return leadsNowhere() ? NullPort.testbed(node, environment) : super.testbed(node, environment);
  }

  @Override
  JsonObject measure(Testbed testbed, Screen screen, Progress progress) {
    testbed.talkers(pods);
    if (leadsNowhere()) {
      return new PipelineBench(testbed, pods, size, seconds, screen, progress)
          .measure(rates, bisections);
    }
    warmUp(testbed, progress);
    Map<Contender, List<Load>> measured = new LinkedHashMap<>();
    contenders().forEach(contender -> measured.put(contender, new ArrayList<>()));
    screen.out().println(Load.HEADING);
    for (int rate : rates.stream().sorted().toList()) {
      for (Contender contender : measured.keySet()) {
        measured.get(contender).add(turn(testbed, contender, rate, screen, progress));
      }
    }
    for (int step = 0; step < bisections; step++) {
      for (Contender contender : measured.keySet()) {
        long between = search(measured.get(contender)).between();
        if (between > 0) {
          measured.get(contender).add(turn(testbed, contender, between, screen, progress));
        }
      }
    }
    JsonArray loads = new JsonArray();
    JsonObject highest = new JsonObject();
    measured.forEach(
        (contender, all) -> {
          all.forEach(load -> loads.add(load.toJson(contender.name())));
          long carried = search(all).carried();
          highest.addProperty(contender.name(), carried);
          screen
              .out()
              .printf("%-11s the highest rate that passed: %d/s%n", contender.name(), carried);
        });
    JsonObject json = new JsonObject();
    json.addProperty("pods", pods);
    json.addProperty("size", size);
    json.add("loads", loads);
    json.add("highest_rate_per_second", highest);
    return json;
  }

  /** What is measured first must not be what the compilers are busy with. */
  private void warmUp(Testbed testbed, Progress progress) {
    for (DataPath path :
        contenders().stream()
            .map(Contender::path)
            .filter(DataPath::isLaunched)
            .distinct()
            .toList()) {
      Flow flow = new Flow(2000, size, 1_000_000, LEAD_NS, PRIORITY, path, false);
      testbed.run(
          Collections.nCopies(pods, flow),
          testbed.earliestBaseNs(pods),
          (received, nowNs) -> progress.show("warming up   received " + received));
    }
    progress.clear();
  }

  private List<Contender> contenders() {
    List<Contender> all = new ArrayList<>();
    if (spinPercents.isEmpty() && families.isEmpty()) {
      all.add(Contender.KTSN);
    }
    families.forEach(family -> all.add(FAMILIES.get(family)));
    if (reports) {
      all.add(Contender.REPORTS);
    }
    spinPercents.forEach(percent -> all.add(Contender.spinning(percent)));
    all.add(Contender.KERNEL);
    return all;
  }

  private Load turn(
      Testbed testbed, Contender contender, long rate, Screen screen, Progress progress) {
    if (contender.spinPercent() != Contender.AS_IT_IS) {
      testbed.spinPercent(contender.spinPercent());
    }
    long periodNs = SECOND * pods / rate;
    int frames = Math.toIntExact(seconds * rate / pods);
    Flow flow =
        new Flow(
            Math.max(1, frames),
            size,
            size,
            periodNs,
            LEAD_NS,
            BURST_NS,
            PRIORITY,
            contender.path(),
            false);
    String what = contender.name() + ", " + rate + "/s";
    Map<String, Long> before = drops(testbed);
    List<FlowResult> results =
        testbed.run(
            Collections.nCopies(pods, flow),
            testbed.earliestBaseNs(pods),
            (received, nowNs) -> progress.show(what + "   received " + received));
    Map<String, Long> drops = drops(testbed);
    before.forEach((reason, count) -> drops.merge(reason, -count, Long::sum));
    drops.values().removeIf(count -> count == 0);
    Load load = Load.of(rate, results, drops);
    progress.clear();
    screen.out().println(load.line(contender.name()));
    return load;
  }

  static Map<String, Long> drops(Testbed testbed) {
    Map<String, Long> drops = new TreeMap<>();
    testbed
        .stats()
        .getAsJsonObject("drops")
        .asMap()
        .forEach((reason, count) -> drops.put(reason, count.getAsLong()));
    return drops;
  }

  private static RateSearch search(List<Load> loads) {
    RateSearch search = new RateSearch();
    loads.forEach(load -> search.tried(load.rate(), load.isCarried()));
    return search;
  }
}
