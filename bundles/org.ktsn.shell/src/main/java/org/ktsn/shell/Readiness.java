package org.ktsn.shell;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.ktsn.runtime.LastingThread;
import org.ktsn.runtime.NodeProperties;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says that the daemon is ready: makes the file {@code ready} in the run directory, with the
 * process id in it, once the framework has started and nothing is missing, and removes it at the
 * end. What goes missing later is {@code ktsn:health}'s business.
 */
@Component(
    name = "org.ktsn.shell.readiness",
    immediate = true,
    service = {})
public final class Readiness {
  private static final Logger LOG = LoggerFactory.getLogger(Readiness.class);
  private static final Duration PERIOD = Duration.ofMillis(50);

  private final Path file;
  private final BooleanSupplier condition;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final LastingThread thread;

  /** Made by the component runtime. */
  @Activate
  public Readiness(BundleContext context, @Reference ServiceComponentRuntime runtime) {
    this(
        NodeProperties.of(context).run().resolve("ready"),
        () ->
            context.getBundle(Constants.SYSTEM_BUNDLE_LOCATION).getState() == Bundle.ACTIVE
                && Health.examine(context, runtime, List.of()).complete());
  }

  Readiness(Path file, BooleanSupplier condition) {
    this.file = file;
    this.condition = condition;
    remove();
    thread = new LastingThread(Thread.ofPlatform().daemon(), "ktsn-readiness", this::look);
    thread.start();
  }

  /** Withdraws the file. */
  @Deactivate
  public synchronized void close() {
    thread.stop();
    closed.countDown();
    remove();
  }

  private void look() throws IOException, InterruptedException {
    if (holds()) {
      announce();
      thread.stop();
    } else if (closed.await(PERIOD.toMillis(), TimeUnit.MILLISECONDS)) {
      thread.stop();
    }
  }

  private boolean holds() {
    try {
      return condition.getAsBoolean();
    } catch (IllegalStateException e) {
      LOG.debug("event=readiness-unknown reason=\"{}\"", e.toString());
      return false;
    }
  }

  private synchronized void announce() throws IOException {
    if (closed.getCount() > 0) {
      Files.writeString(file, ProcessHandle.current().pid() + "\n");
      LOG.info("event=ready file={}", file);
    }
  }

  private void remove() {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "the file " + file + " can't be removed; remove it by hand", e);
    }
  }
}
