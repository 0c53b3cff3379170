package org.ktsn.dataplane;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Has others' code run on behalf of a control thread, in a thread of its own: it may throw, or not
 * return.
 */
final class Patience {
  private static final long LIMIT_MS = 3_000;

  private Patience() {}

  /**
   * Waits for an answer.
   *
   * @param thread the thread's name
   * @throws IllegalStateException if the code fails, answers nothing, or takes longer than 3 s; the
   *     message says so
   */
  static <T> T ask(String thread, Callable<T> code) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    Thread asked = Thread.ofPlatform().name(thread).daemon().start(() -> run(code, answer));
    try {
      return answer.get(LIMIT_MS, TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new IllegalStateException(String.valueOf(e.getCause().getMessage()), e.getCause());
    } catch (TimeoutException e) {
      asked.interrupt();
      throw new IllegalStateException("it did not answer within " + LIMIT_MS + " ms", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while it was asked", e);
    }
  }

  private static <T> void run(Callable<T> code, CompletableFuture<T> answer) {
    try {
      T given = code.call();
      if (given == null) {
        throw new IllegalStateException("it answered nothing");
      }
      answer.complete(given);
    } catch (Throwable e) {
      answer.completeExceptionally(e);
    }
  }
}
