package org.ktsn.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * The daemon's entry point. {@code --check} reads the features, looks whether all their bundles are
 * there, and starts nothing. {@code --relieve} gets everything ready beside a daemon that runs, and
 * takes its place in the moment in which that one has ended.
 */
public final class Main {
  private static final Duration STOP_LIMIT = Duration.ofMillis(4_500);
  private static final int SUCCESS = 0;
  private static final int FAILURE = 1;

  private Main() {}

  /** Runs the daemon until it is told to stop; the exit status is 0 then. */
  public static void main(String[] arguments) {
    try {
      Settings settings = Settings.of(System::getProperty);
      BundlePlan plan =
          new FeatureReader().read(settings.home().resolve("features"), settings.features());
      BundleStore store = new BundleStore(settings.home().resolve("bundles"));
      store.check(plan.bundles());
      switch (String.join(" ", arguments)) {
        case "" -> run(settings, plan, store);
        case "--relieve" -> relieve(settings, plan, store);
        case "--check" -> {
          plan.passedOver().forEach(sentence -> System.err.println("ktsnd: " + sentence));
          System.out.println(plan.bundles().size() + " bundles are complete");
        }
        default ->
            throw new LaunchException(
                "'"
                    + String.join(" ", arguments)
                    + "' is not understood; usage: ktsnd [--check|--relieve]");
      }
    } catch (LaunchException e) {
      System.err.println("ktsnd: " + e.getMessage());
      System.exit(FAILURE);
    } catch (IOException | InterruptedException e) {
      System.err.println("ktsnd: ended by " + e);
      System.exit(FAILURE);
    }
  }

  private static void run(Settings settings, BundlePlan plan, BundleStore store)
      throws IOException, InterruptedException {
    RunDirectory run = RunDirectory.take(settings.run());
    prepareLog(settings);
    serve(Daemon.prepare(settings, plan, store), run);
  }

  private static void relieve(Settings settings, BundlePlan plan, BundleStore store)
      throws IOException, InterruptedException {
    prepareLog(settings);
    Daemon daemon = Daemon.prepare(settings, plan, store);
    daemon.standBy();
    serve(daemon, RunDirectory.inherit(settings.run()));
  }

  private static void serve(Daemon daemon, RunDirectory run) throws InterruptedException {
    // halt, because a process that a signal ends would not exit with 0 otherwise
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .name("ktsnd-stop")
                .unstarted(() -> Runtime.getRuntime().halt(stop(daemon, run))));
    daemon.start();
    daemon.awaitEnd();
    System.exit(SUCCESS);
  }

  private static int stop(Daemon daemon, RunDirectory run) {
    try {
      run.notReady();
      boolean inTime = daemon.stop(STOP_LIMIT);
      run.leave();
      if (inTime) {
        return SUCCESS;
      }
      System.err.println(
          "ktsnd: the framework did not stop within " + STOP_LIMIT.toMillis() + " ms; see its log");
    } catch (IOException | InterruptedException e) {
      System.err.println("ktsnd: " + e);
    }
    return FAILURE;
  }

  /** Must run before the first logger is made. */
  private static void prepareLog(Settings settings) {
    System.setProperty("ktsn.run", settings.run().toString());
    Path own = settings.home().resolve("etc/logback.xml");
    if (System.getProperty("logback.configurationFile") == null && Files.exists(own)) {
      System.setProperty("logback.configurationFile", own.toString());
    }
  }
}
