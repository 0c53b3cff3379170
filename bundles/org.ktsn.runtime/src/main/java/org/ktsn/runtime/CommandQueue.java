package org.ktsn.runtime;

import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commands for a thread that owns what they are about: others hand them over, the thread carries
 * them out in its turn, in their order. A command that fails does not keep the others waiting.
 */
public final class CommandQueue {
  private static final Logger LOG = LoggerFactory.getLogger(CommandQueue.class);
  private static final long ANSWER_LIMIT_S = 5;

  private final String thread;
  private final Runnable wake;
  private final Queue<Runnable> commands = new ConcurrentLinkedQueue<>();

  /**
   * Makes an empty one.
   *
   * @param thread the name of the thread, for messages
   * @param wake ends the thread's wait for work, if it waits; called from any thread
   */
  public CommandQueue(String thread, Runnable wake) {
    this.thread = thread;
    this.wake = wake;
  }

  /** Hands a command over and does not wait; if it fails, the log says so. Any thread. */
  public void post(Runnable command) {
    commands.add(
        () -> {
          try {
            command.run();
          } catch (RuntimeException | Error e) {
            LOG.error("event=command-failed thread={}", thread, e);
          }
        });
    wake.run();
  }

  /**
   * Hands a command over and waits until it has been carried out. Any thread but the one that
   * carries it out.
   *
   * @throws RuntimeException what the command threw
   * @throws IllegalStateException if it failed with an error, or the thread does not get to it
   *     within 5 s: then it may be carried out later
   */
  public void run(Runnable command) {
    CompletableFuture<Boolean> done = new CompletableFuture<>();
    commands.add(
        () -> {
          try {
            command.run();
            done.complete(true);
          } catch (RuntimeException | Error e) {
            done.completeExceptionally(e);
          }
        });
    wake.run();
    try {
      done.get(ANSWER_LIMIT_S, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(
          "the thread " + thread + " failed: " + e.getCause(), e.getCause());
    } catch (TimeoutException e) {
      throw new IllegalStateException(
          "the thread " + thread + " did not answer within " + ANSWER_LIMIT_S + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for the thread " + thread, e);
    }
  }

  /** Carries out what is there. The owning thread, once a turn. */
  public void obey() {
    for (Runnable command = commands.poll(); command != null; command = commands.poll()) {
      command.run();
    }
  }
}
