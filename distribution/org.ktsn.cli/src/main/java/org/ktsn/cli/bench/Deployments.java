package org.ktsn.cli.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.Control;

/**
 * Replaces the shaper by deploying bundles, in each of the ways that there are, by turns: the
 * active one updated, another dropped into {@code deploy/}, a newer one dropped over it, removed
 * again, the active one uninstalled, and installed again. TAS is at work before and after. One
 * thread.
 */
final class Deployments implements AutoCloseable {
  private static final String TAS = "org.ktsn.shaper.tas";
  private static final String CBS = "org.ktsn.shaper.cbs";
  private static final String PORT = "org.ktsn.port.dpdk";
  private static final int ABOVE_TAS = 500;
  private static final long PATIENCE_NS = 15_000_000_000L;

  private final Control control;
  private final Path tas;
  private final Path cbs;
  private final Path port;
  private final Path dropped;
  private int versions;
  private int done;

  /**
   * Finds the bundles of a distribution.
   *
   * @param home the distribution
   */
  Deployments(Control control, Path home) {
    this.control = control;
    tas = bundle(home, TAS);
    cbs = bundle(home, CBS);
    port = bundle(home, PORT);
    dropped = home.resolve("deploy").resolve("bench-cbs.jar");
  }

  /** How many were made. */
  int done() {
    return done;
  }

  /** Makes the next one, and waits until the shaper that is meant to be is at work. */
  void next() {
    switch (done % 6) {
      case 0 -> update();
      case 1, 2 -> drop();
      case 3 -> remove();
      case 4 -> uninstall();
      default -> install();
    }
    done++;
  }

  /** Goes on until the bundles are as they were at the beginning. */
  void finishRound() {
    while (done % 6 != 0) {
      next();
    }
  }

  /**
   * Has the port opened anew: the device lets go of the buffers that it has sent only when it needs
   * room, or at its end.
   */
  void reopenPort() {
    control.run("felix:update " + PORT + " " + port.toUri());
    long limit = System.nanoTime() + PATIENCE_NS;
    while (!isPortOpen()) {
      pause(limit, "the port was not open again");
    }
  }

  private boolean isPortOpen() {
    return control.json("ktsn:ports").getAsJsonObject().getAsJsonArray("ports").asList().stream()
        .anyMatch(each -> each.getAsJsonObject().get("link_up").getAsBoolean());
  }

  @Override
  public void close() {
    try {
      Files.deleteIfExists(dropped);
    } catch (IOException e) {
      throw new CommandFailure("Can't remove " + dropped + ": " + e.getMessage() + ".", e);
    }
  }

  private void update() {
    control.run("felix:update " + TAS + " " + tas.toUri());
    await("tas");
  }

  /** A second drop is a newer version over the first one. */
  private void drop() {
    versions++;
    try {
      JarVariant.write(cbs, dropped, "0.1.1.v" + versions, ABOVE_TAS);
    } catch (IOException e) {
      throw new CommandFailure("Can't write " + dropped + ": " + e.getMessage() + ".", e);
    }
    awaitVersion("0.1.1.v" + versions);
    await("cbs");
  }

  private void remove() {
    close();
    await("tas");
  }

  private void uninstall() {
    control.run("felix:uninstall " + TAS);
    await("cbs");
  }

  private void install() {
    control.run("felix:start " + tas.toUri());
    await("tas");
  }

  private void await(String shaper) {
    long limit = System.nanoTime() + PATIENCE_NS;
    while (!control
        .json("ktsn:stats")
        .getAsJsonObject()
        .get("shaper")
        .getAsString()
        .equals(shaper)) {
      pause(limit, "the shaper " + shaper + " is not at work");
    }
  }

  private void awaitVersion(String version) {
    long limit = System.nanoTime() + PATIENCE_NS;
    while (!control.run("felix:lb -s " + CBS).contains(version)) {
      pause(limit, "version " + version + " of " + CBS + " was not taken from " + dropped);
    }
  }

  private static void pause(long limit, String complaint) {
    if (System.nanoTime() - limit > 0) {
      throw new CommandFailure("Within 15 s " + complaint + "; KTSNd's log tells more.");
    }
    try {
      Thread.sleep(20);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailure("Interrupted while a bundle was deployed.", e);
    }
  }

  private static Path bundle(Path home, String name) {
    try (Stream<Path> files = Files.walk(home.resolve("bundles"))) {
      return files
          .filter(file -> file.getFileName().toString().startsWith(name + "-"))
          .findFirst()
          .orElseThrow(() -> new CommandFailure(name + " is not in " + home + "; build it first."));
    } catch (IOException e) {
      throw new CommandFailure("Can't look through " + home + ": " + e.getMessage() + ".", e);
    }
  }
}
