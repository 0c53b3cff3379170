package org.ktsn.cli.bench;

import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.Control;
import org.ktsn.cli.terminal.Progress;
import org.ktsn.cli.testbed.Testbed;

/**
 * Makes the daemon's collector work in every other block, and counts what it does in each kind. One
 * thread, but for the storm itself, which the daemon makes while a thread of ours waits for it.
 */
final class Storms implements Testbed.Watcher {
  private final Control control;
  private final Blocks blocks;
  private final int seconds;
  private final Progress progress;
  private GarbageCollections quiet = GarbageCollections.NONE;
  private GarbageCollections stormy = GarbageCollections.NONE;
  private GarbageCollections before;
  private CompletableFuture<String> storm = CompletableFuture.completedFuture("");
  private int current = -1;

  Storms(Control control, Blocks blocks, int seconds, Progress progress) {
    this.control = control;
    this.blocks = blocks;
    this.seconds = seconds;
    this.progress = progress;
    this.before = collections();
  }

  @Override
  public void look(long received, long nowNs) {
    int block = blocks.block(nowNs);
    if (block != current) {
      enter(block);
    }
    progress.show(
        block < 0
            ? "waiting"
            : String.format(
                Locale.ROOT,
                "block %d of %d, %s   received %d",
                block + 1,
                2 * blocks.rounds(),
                Blocks.isStorm(block) ? "GC storm" : "quiet",
                received));
  }

  /** Ends the last block. */
  void end() {
    enter(-1);
    try {
      storm.join();
    } catch (CompletionException e) {
      throw new CommandFailure("The storm failed: " + e.getCause().getMessage(), e);
    }
  }

  GarbageCollections quiet() {
    return quiet;
  }

  GarbageCollections stormy() {
    return stormy;
  }

  private void enter(int block) {
    GarbageCollections now = collections();
    if (current >= 0 && Blocks.isStorm(current)) {
      stormy = stormy.plus(now.minus(before));
    } else if (current >= 0) {
      quiet = quiet.plus(now.minus(before));
    }
    before = now;
    current = block;
    if (block >= 0 && Blocks.isStorm(block)) {
      storm =
          storm.thenComposeAsync(
              last -> CompletableFuture.supplyAsync(() -> control.run("ktsn:gc-storm " + seconds)));
    }
  }

  private GarbageCollections collections() {
    return GarbageCollections.fromJson(control.json("ktsn:gc"));
  }
}
