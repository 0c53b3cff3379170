package org.ktsn.dataplane;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.ktsn.api.frame.Frames;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.shaper.Shaper;
import org.ktsn.api.shaper.ShaperFactory;

/**
 * Has shapers made by others' factories, in a thread of their own: one may throw, or not return.
 */
final class ShaperMaker {
  private static final long PATIENCE_MS = 3_000;

  private ShaperMaker() {}

  /**
   * Has a shaper made.
   *
   * @throws IllegalStateException if the factory fails or takes longer than 3 s; the message says
   *     so
   */
  static ActiveShaper make(
      ShaperFactory factory, Frames frames, PortModel model, GateSchedule schedule) {
    CompletableFuture<ActiveShaper> made = new CompletableFuture<>();
    Thread maker =
        Thread.ofPlatform()
            .name("ktsn-shaper-maker")
            .daemon()
            .start(() -> make(factory, frames, model, schedule, made));
    try {
      return made.get(PATIENCE_MS, TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      String reason = String.valueOf(e.getCause().getMessage());
      throw new IllegalStateException(reason, e.getCause());
    } catch (TimeoutException e) {
      maker.interrupt();
      throw new IllegalStateException("it was not made within " + PATIENCE_MS + " ms", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while it was made", e);
    }
  }

  private static void make(
      ShaperFactory factory,
      Frames frames,
      PortModel model,
      GateSchedule schedule,
      CompletableFuture<ActiveShaper> made) {
    try {
      Shaper shaper = factory.create(frames, model, schedule);
      if (shaper == null) {
        throw new IllegalStateException("the factory made none");
      }
      made.complete(new ActiveShaper(factory.name(), shaper, model));
    } catch (Throwable e) {
      made.completeExceptionally(e);
    }
  }
}
