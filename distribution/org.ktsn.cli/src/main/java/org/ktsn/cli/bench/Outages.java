package org.ktsn.cli.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.terminal.Progress;
import org.ktsn.cli.testbed.Testbed;

/**
 * One outage of the controller's link in every other block, from the block's begin to its end; then
 * the link must be right again. A schedule that is published meanwhile must come afterwards.
 */
final class Outages implements Testbed.Watcher, AutoCloseable {
  /**
   * What happens, and by which words the daemon must tell of it.
   *
   * @param name for people
   * @param line what one line of its log must have
   * @param problem what its status must have
   */
  private record Kind(
      String name,
      Consumer<GuardedBroker> begin,
      Consumer<GuardedBroker> end,
      Pattern line,
      Pattern problem) {
    Kind(
        String name,
        Consumer<GuardedBroker> begin,
        Consumer<GuardedBroker> end,
        String event,
        String reason) {
      this(
          name,
          begin,
          end,
          Pattern.compile("event=" + event + " .*" + reason),
          Pattern.compile(reason));
    }
  }

  private static final List<Kind> KINDS =
      List.of(
          new Kind("network cut", GuardedBroker::cut, GuardedBroker::mend, "broker-lost", "."),
          new Kind(
              "credentials revoked",
              GuardedBroker::revoke,
              GuardedBroker::grant,
              "broker-not-reached",
              "authorise"),
          new Kind(
              "certificate expired",
              GuardedBroker::expire,
              GuardedBroker::renew,
              "broker-not-reached",
              "has expired"));

  /** How many outages there are. */
  static final int COUNT = KINDS.size();

  /**
   * What the daemon told of one outage.
   *
   * @param reasonGiven whether its status gave the right reason
   * @param problem what its status said
   * @param lost how many connections its counters say were lost
   * @param lines how many lines of its log tell of it
   * @param backMs how long after the end of the outage the newest schedule was there
   */
  record Told(
      String outage, boolean reasonGiven, String problem, long lost, long lines, long backMs) {
    boolean once() {
      return reasonGiven && lost == 1 && lines == 1;
    }
  }

  private final Path log;
  private final Progress progress;
  private final GuardedBroker broker;
  private final BenchController controller;
  private final List<Told> told = new ArrayList<>();
  private Blocks blocks = new Blocks(Long.MAX_VALUE, 1, 0, 0);
  private CompletableFuture<Void> work = CompletableFuture.completedFuture(null);
  private int current = -1;
  private long version = 1;
  private long lostBefore;
  private long linesBefore;

  Outages(Testbed testbed, String instance, Path log, Progress progress) {
    this.log = log;
    this.progress = progress;
    broker = new GuardedBroker(testbed, instance);
    controller = broker.controller(testbed);
  }

  /** The first message is slower than all others: it comes before anything is measured. */
  void warmUp() {
    progress.show("warming up");
    controller.publish(version);
    controller.awaitVersion(version);
  }

  /** The outages are in the blocks that are storms. */
  void during(Blocks plan) {
    blocks = plan;
  }

  @Override
  public void look(long received, long nowNs) {
    int block = blocks.block(nowNs);
    if (block != current) {
      change(current, block);
      current = block;
    }
    progress.show(
        (block < 0 ? "waiting" : Blocks.isStorm(block) ? kind(block).name() : "quiet")
            + "   received "
            + received);
  }

  private void change(int before, int now) {
    if (before >= 0 && Blocks.isStorm(before)) {
      work = work.thenRunAsync(() -> end(kind(before)));
    }
    if (now >= 0 && Blocks.isStorm(now)) {
      work = work.thenRunAsync(() -> begin(kind(now)));
    }
  }

  private static Kind kind(int block) {
    return KINDS.get(block / 2);
  }

  private void begin(Kind kind) {
    lostBefore = controller.counter("connection_lost");
    linesBefore = lines(kind);
    kind.begin().accept(broker);
    controller.publish(++version);
  }

  private void end(Kind kind) {
    boolean connected = controller.nodeIsConnected();
    String problem = connected ? "connected" : controller.link().get("problem").getAsString();
    long beginNs = System.nanoTime();
    kind.end().accept(broker);
    controller.awaitVersion(version);
    told.add(
        new Told(
            kind.name(),
            !connected && kind.problem().matcher(problem).find(),
            problem,
            controller.counter("connection_lost") - lostBefore,
            lines(kind) - linesBefore,
            (System.nanoTime() - beginNs) / 1_000_000));
  }

  private long lines(Kind kind) {
    try (Stream<String> lines = Files.lines(log)) {
      return lines.filter(line -> kind.line().matcher(line).find()).count();
    } catch (IOException e) {
      throw new CommandFailure("Can't read the daemon's log: " + e.getMessage() + ".", e);
    }
  }

  /** Waits for what is under way, and returns what was told. */
  List<Told> told() {
    try {
      work.join();
    } catch (CompletionException e) {
      throw new CommandFailure("An outage failed: " + e.getCause().getMessage(), e);
    }
    return told;
  }

  @Override
  public void close() {
    controller.close();
    broker.close();
  }
}
