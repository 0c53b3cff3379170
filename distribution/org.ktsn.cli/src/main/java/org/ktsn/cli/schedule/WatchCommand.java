package org.ktsn.cli.schedule;

import com.google.gson.JsonObject;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.ktsn.mqtt.protocol.Topics;
import org.ktsn.mqtt.session.Inbound;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code schedule watch}: what happens at nodes, a line each. */
@Command(name = "watch", description = "Prints what happens at nodes, until it is interrupted.")
public final class WatchCommand implements Callable<Integer> {
  private static final long FOR_EVER_MS = Long.MAX_VALUE / 2_000_000;

  @Spec private CommandSpec spec;
  @Mixin private BrokerOptions options = new BrokerOptions();

  @Parameters(arity = "0..*", paramLabel = "NODE", description = "the nodes; all if there is none")
  private List<String> nodes = new ArrayList<>();

  @Option(names = "--statistics", description = "also print flows and statistics")
  private boolean statistics;

  @Option(names = "--for", paramLabel = "S", description = "end after so many seconds")
  private Optional<Long> seconds = Optional.empty();

  @Option(names = "--json", description = "print a JSON object a line")
  private boolean json;

  /** Made by the command line. */
  public WatchCommand() {}

  @Override
  public Integer call() {
    List<String> topics = new ArrayList<>();
    for (String node : nodes.isEmpty() ? List.of(Topics.EVERY_NODE) : nodes) {
      Topics one = options.topics(node);
      topics.addAll(List.of(one.status(), one.event(), one.reported()));
      if (statistics) {
        topics.addAll(List.of(one.flows(), one.statistics()));
      }
    }
    long limitMs = seconds.map(TimeUnit.SECONDS::toMillis).orElse(FOR_EVER_MS);
    long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(limitMs);
    try (Controller controller = new Controller(options)) {
      controller.connect(topics);
      while (System.nanoTime() < endNs && !Thread.currentThread().isInterrupted()) {
        controller
            .next(TimeUnit.NANOSECONDS.toMillis(endNs - System.nanoTime()))
            .ifPresent(this::print);
      }
    }
    return ExitCodes.DONE;
  }

  private void print(Inbound message) {
    Optional<JsonObject> content = Controller.json(message);
    if (content.isEmpty()) {
      return;
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      JsonObject line = new JsonObject();
      line.addProperty("topic", message.topic());
      line.add("message", content.get());
      out.println(line);
    } else {
      String[] levels = message.topic().split("/", -1);
      String kind = levels[levels.length - 1];
      out.println(
          Instant.now().truncatedTo(ChronoUnit.MILLIS)
              + "  "
              + levels[levels.length - 2]
              + "  "
              + kind
              + "  "
              + brief(kind, content.get()));
    }
    out.flush();
  }

  /** The schedule itself is long; who wants it asks with get. */
  private static String brief(String kind, JsonObject content) {
    JsonObject brief = content.deepCopy();
    for (String member : List.of("node", "network", "time")) {
      brief.remove(member);
    }
    if (kind.equals("reported")) {
      brief.remove("schedule");
      brief.remove("pending-schedule");
      brief.remove("last-answer");
    }
    return brief.toString();
  }
}
