package org.ktsn.cli.bench;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.CycleTime;
import org.ktsn.api.schedule.GateControlEntry;
import org.ktsn.api.schedule.GateOperation;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.shaper.Departure;
import org.ktsn.api.shaper.Shaper;
import org.ktsn.api.shaper.ShaperFactory;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.terminal.Screen;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code bench planner}: what it costs a shaper to plan a frame, by how many are queued: one frame
 * is queued, and the next departure found and taken, under a schedule with two windows. Needs no
 * node. The depths are measured by turns, so that whatever else changes on the machine falls on all
 * alike.
 */
@Command(
    name = "planner",
    description = "Time and memory that planning a frame takes, by the depth of the queues.")
final class PlannerBench implements Callable<Integer> {
  private static final Gson GSON =
      new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();
  private static final List<Integer> DEPTHS = List.of(100, 1_000, 10_000, 100_000);
  private static final PortModel GIGABIT = new PortModel(1_000_000_000L, 0);
  private static final int CLASSES = 8;
  private static final long SPACING_NS = 10_000;
  private static final int FRAMES_PER_TURN = 50_000;
  private static final int WARM_UP_TURNS = 6;
  private static final double RATIO_LIMIT = 3;

  private final Map<String, String> environment;

  @Spec private CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "show this and end")
  boolean help; // read by picocli

  @Option(names = "--json", paramLabel = "FILE", description = "write the figures there, as JSON")
  private Optional<Path> json = Optional.empty();

  @Option(
      names = "--shaper",
      paramLabel = "JAR",
      description = "a bundle with a shaper (those of the distribution)")
  private Optional<Path> jar = Optional.empty();

  @Option(
      names = "--turns",
      paramLabel = "N",
      defaultValue = "20",
      description = "how often each depth is measured, 3 to 1000 (${DEFAULT-VALUE})")
  private int turns;

  PlannerBench(Map<String, String> environment) {
    this.environment = environment;
  }

  @Override
  public Integer call() {
    try {
      System.setProperty("slf4j.internal.verbosity", "ERROR"); // no log is wanted here
      Bench.require(turns >= 3 && turns <= 1000, "--turns", turns, "3 to 1000");
      Screen screen = Screen.standard(environment);
      JsonArray shapers = new JsonArray();
      for (ShaperFactory factory : factories()) {
        shapers.add(measure(factory, screen));
      }
      JsonObject figures = new JsonObject();
      figures.add("shapers", shapers);
      if (json.isPresent()) {
        Files.writeString(json.get(), GSON.toJson(figures) + "\n");
      }
      return isGood(shapers) ? 0 : 1;
    } catch (CommandFailure e) {
      spec.commandLine().getErr().println("ktsn bench: " + e.getMessage());
      return 1;
    } catch (IOException e) {
      spec.commandLine()
          .getErr()
          .println("ktsn bench: " + json.orElseThrow() + " can't be written: " + e.getMessage());
      return 1;
    }
  }

  private List<ShaperFactory> factories() {
    Path home = Path.of(environment.getOrDefault("KTSN_HOME", "."));
    List<Path> libraries = files(home.resolve("lib/launcher"), "slf4j-api-");
    List<Path> jars =
        jar.map(List::of).orElseGet(() -> files(home.resolve("bundles"), "org.ktsn.shaper."));
    if (jars.isEmpty()) {
      throw new CommandFailure(
          "No shaper is in " + home.resolve("bundles") + "; give --shaper JAR.");
    }
    return jars.stream().map(each -> ShaperJar.load(each, libraries)).toList();
  }

  private static List<Path> files(Path folder, String prefix) {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith(prefix))
          .filter(file -> file.toString().endsWith(".jar"))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new CommandFailure("Can't look through " + folder + ": " + e.getMessage() + ".", e);
    }
  }

  /** Says what is not as it should be. */
  private boolean isGood(JsonArray shapers) {
    boolean good = true;
    for (JsonElement each : shapers) {
      JsonObject shaper = each.getAsJsonObject();
      for (JsonElement one : shaper.getAsJsonArray("depths")) {
        JsonObject depth = one.getAsJsonObject();
        double ratio = depth.get("ratio").getAsDouble();
        long octets = depth.get("allocated_octets").getAsLong();
        if (ratio > RATIO_LIMIT || octets > 0) {
          spec.commandLine()
              .getErr()
              .printf(
                  Locale.ROOT,
                  "ktsn bench: with %,d frames queued, %s takes %.2f times as long as with %,d and"
                      + " allocates %d octets; at most %.0f times and 0 octets are allowed%n",
                  depth.get("queued").getAsInt(),
                  shaper.get("shaper").getAsString(),
                  ratio,
                  DEPTHS.getFirst(),
                  octets,
                  RATIO_LIMIT);
          good = false;
        }
      }
    }
    return good;
  }

  private JsonObject measure(ShaperFactory factory, Screen screen) {
    List<Queue> queues = new ArrayList<>();
    DEPTHS.forEach(depth -> queues.add(new Queue(factory, depth)));
    for (int turn = -WARM_UP_TURNS; turn < turns; turn++) {
      for (Queue queue : queues) {
        queue.run(turn >= 0);
      }
    }
    double least = queues.getFirst().nsPerFrame();
    screen
        .out()
        .printf(Locale.ROOT, "%-28s %8s %10s %8s%n", factory.name(), "ns", "x 100", "octets");
    JsonArray depths = new JsonArray();
    for (Queue queue : queues) {
      double ns = queue.nsPerFrame();
      screen
          .out()
          .printf(
              Locale.ROOT,
              "  %,9d frames queued %12.0f %10.2f %8d%n",
              queue.depth,
              ns,
              ns / least,
              queue.octets);
      JsonObject depth = new JsonObject();
      depth.addProperty("queued", queue.depth);
      depth.addProperty("ns_per_frame", Math.round(ns * 10) / 10.0);
      depth.addProperty("ratio", Math.round(ns / least * 100) / 100.0);
      depth.addProperty("allocated_octets", queue.octets);
      depths.add(depth);
    }
    screen.out().println();
    JsonObject answer = new JsonObject();
    answer.addProperty("shaper", factory.name());
    answer.add("depths", depths);
    return answer;
  }

  /** A shaper with a constant number of frames; those that leave come again behind the others. */
  private static final class Queue {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final long[] NO_LIMITS = new long[CLASSES];

    static {
      Arrays.fill(NO_LIMITS, Shaper.NEVER);
    }

    private final int depth;
    private final QueuedFrames frames;
    private final Shaper shaper;
    private final Departure departure = new Departure();
    private final Random random = new Random(1);
    private final List<Double> turns = new ArrayList<>();
    private long freeNs;
    private long octets;

    Queue(ShaperFactory factory, int depth) {
      this.depth = depth;
      frames = new QueuedFrames(depth);
      shaper = factory.create(frames, GIGABIT, schedule());
      for (int frame = 0; frame < depth; frame++) {
        arrive(frame, frame * SPACING_NS);
      }
    }

    private static GateSchedule schedule() {
      GateParameters list =
          GateParameters.of(
              0,
              CycleTime.ofNanoseconds(1_000_000),
              List.of(
                  new GateControlEntry(GateOperation.SET_GATE_STATES, 0xf0, 500_000),
                  new GateControlEntry(GateOperation.SET_GATE_STATES, 0x0f, 500_000)));
      return new GateSchedule(list, 0, Optional.empty(), 0);
    }

    /** Launch times are as mixed as the whole queue is long. */
    private void arrive(int frame, long earliestNs) {
      long spreadNs = depth * SPACING_NS;
      frames.arrive(frame, earliestNs + random.nextLong(spreadNs), random.nextInt(CLASSES));
      Verdict verdict = shaper.enqueue(frame);
      if (verdict != Verdict.ACCEPTED) {
        throw new CommandFailure("The shaper refuses a frame: " + verdict + ".");
      }
    }

    void run(boolean counts) {
      long bytes = THREADS.getCurrentThreadAllocatedBytes();
      long begin = System.nanoTime();
      for (int i = 0; i < FRAMES_PER_TURN; i++) {
        if (!shaper.next(freeNs, Shaper.NEVER, NO_LIMITS, departure)) {
          throw new CommandFailure("The shaper has frames and finds none.");
        }
        shaper.take(departure);
        if (departure.verdict == Verdict.ACCEPTED) {
          freeNs = departure.launchNs + departure.durationNs;
        }
        arrive(departure.frame, freeNs);
      }
      long end = System.nanoTime();
      long allocated = THREADS.getCurrentThreadAllocatedBytes() - bytes;
      if (counts) {
        turns.add((end - begin) / (double) FRAMES_PER_TURN);
        octets += allocated;
      }
    }

    /** The median of the turns. */
    double nsPerFrame() {
      return turns.stream().sorted().skip(turns.size() / 2).findFirst().orElseThrow();
    }
  }
}
