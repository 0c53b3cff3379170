package org.ktsn.clock.ptp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs other programs. */
final class Programs {
  private Programs() {}

  /** Fails the test if this machine lacks what it needs. */
  static void need() {
    assertEquals("root", System.getProperty("user.name"), "the system tests need root");
    assertTrue(
        Files.exists(Path.of("/usr/sbin/ptp4l")) && Files.exists(Path.of("/usr/sbin/pmc")),
        "ptp4l and pmc are missing; install them: apt-get install linuxptp");
  }

  /** Runs a program to its end, which must be good; returns what it prints. */
  static String run(String... words) {
    try {
      Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String output =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        fail(List.of(words) + " does not end");
      }
      assertEquals(0, process.exitValue(), List.of(words) + "\n" + output);
      return output;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Tells whether ptp4l, whichever version it is, knows an option of its configuration. */
  static boolean knowsOption(String option) {
    try {
      // It reads its words in their order, and ends at the first that it doesn't know, or at -v.
      Process process =
          new ProcessBuilder("ptp4l", "--" + option + "=/", "-v").redirectErrorStream(true).start();
      process.getInputStream().readAllBytes();
      return process.waitFor() == 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Starts a program; its output goes to a file. */
  static Process start(Path log, String... words) {
    try {
      return new ProcessBuilder(words)
          .redirectErrorStream(true)
          .redirectInput(new File("/dev/null"))
          .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
          .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Kills a program and waits for its end. */
  static void kill(Process process) {
    process.destroyForcibly();
    Eventually.holds("the end of " + process, () -> !process.isAlive());
  }

  /** Returns a member's value in what pmc prints. */
  static String value(String pmc, String member) {
    return pmc.lines()
        .map(String::strip)
        .filter(line -> line.startsWith(member + " "))
        .map(line -> line.substring(member.length()).strip())
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + member + " in:\n" + pmc));
  }
}
