package org.ktsn.cli.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.terminal.Progress;
import org.ktsn.cli.testbed.Testbed;

/**
 * Storms on the controller's link in every other block: a burst of schedules, each twice and all
 * out of order, then a broker that is killed and comes back. Every schedule has the windows of the
 * one in force, so that frames can stay where they are.
 */
final class BrokerStorms implements Testbed.Watcher, AutoCloseable {
  private final int messages;
  private final Progress progress;
  private final BenchBroker broker;
  private final BenchController controller;
  private final Random random = new Random(1);
  private Blocks blocks = new Blocks(Long.MAX_VALUE, 1, 0, 0);
  private CompletableFuture<Void> storm = CompletableFuture.completedFuture(null);
  private int current = -1;
  private long version = 1;
  private long published;
  private int killed;
  private long acceptedBefore;
  private boolean newest;

  BrokerStorms(Testbed testbed, int messages, Progress progress) {
    this.messages = messages;
    this.progress = progress;
    broker = new BenchBroker(testbed);
    controller = broker.controller();
  }

  /** The first message is slower than all others: it comes before anything is measured. */
  void warmUp() {
    progress.show("warming up");
    controller.awaitConnected(); // what is published before, nobody has asked for yet
    controller.publish(version);
    controller.awaitVersion(version);
    acceptedBefore = controller.counter("accepted");
  }

  /** Storms in the blocks of this kind from now on. */
  void during(Blocks plan) {
    blocks = plan;
  }

  @Override
  public void look(long received, long nowNs) {
    int block = blocks.block(nowNs);
    if (block != current) {
      current = block;
      if (block >= 0 && Blocks.isStorm(block)) {
        storm = storm.thenRunAsync(this::rage);
      }
    }
    progress.show(
        block < 0
            ? "waiting"
            : String.format(
                Locale.ROOT,
                "block %d of %d, %s   received %d",
                block + 1,
                2 * blocks.rounds(),
                Blocks.isStorm(block) ? "schedules pour in" : "quiet",
                received));
  }

  private void rage() {
    controller.awaitConnected(); // a broker that was killed has forgotten who was to get what
    List<Long> versions = new ArrayList<>();
    for (int i = 0; i < messages; i++) {
      versions.add(++version);
      versions.add(version);
    }
    Collections.shuffle(versions, random);
    for (long each : versions) {
      controller.publish(each);
      published++;
    }
    controller.publishRetained(versions.getFirst()); // an older one, which the broker replays
    controller.awaitVersion(version);
    broker.kill();
    killed++;
    broker.restart();
  }

  /** Waits for the last storm, and for the newest schedule to be the one in force. */
  void end() {
    try {
      storm.join();
    } catch (CompletionException e) {
      throw new CommandFailure("The storm failed: " + e.getCause().getMessage(), e);
    }
    controller.awaitConnected();
    controller.publish(++version); // through the broker that came back
    published++;
    controller.awaitVersion(version);
    newest = true;
  }

  long published() {
    return published;
  }

  long accepted() {
    return controller.counter("accepted") - acceptedBefore;
  }

  int killed() {
    return killed;
  }

  boolean endedWithTheNewest() {
    return newest;
  }

  @Override
  public void close() {
    broker.close();
  }
}
