package org.ktsn.cli.bench;

import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.testbed.Child;
import org.ktsn.cli.testbed.Cleanup;
import org.ktsn.cli.testbed.TestPod;
import org.ktsn.cli.testbed.Testbed;

/**
 * A pod that does anything to its channel, by {@code distribution/demo/fuzzer.c}, and one that gets
 * what it sends. One thread.
 */
final class HostilePod {
  private static final String HOSTILE = "hostile";
  private static final String BESIDE = "beside";
  private static final int PORT = 9;
  private static final long ENDING_MS = 10_000;

  private final Path program;
  private final TestPod pod;
  private final TestPod receiver;
  private final String socket;
  private final Map<String, Long> done = new LinkedHashMap<>();
  private long seed = 1;

  /** Attaches both pods, until the testbed is closed. */
  HostilePod(Testbed testbed) {
    program = testbed.programs().resolve("fuzzer");
    JsonObject attached = attach(testbed, HOSTILE);
    pod = TestPod.fromJson(attached, testbed.library());
    socket = attached.get("channel_socket").getAsString();
    receiver = TestPod.fromJson(attach(testbed, BESIDE), testbed.library());
  }

  private static JsonObject attach(Testbed testbed, String name) {
    JsonObject attached = testbed.control().json("ktsn:pod-add " + name).getAsJsonObject();
    testbed.undoAtEnd(() -> testbed.control().run("ktsn:pod-del " + name));
    return attached;
  }

  /**
   * Begins; each time with other choices.
   *
   * @param seconds for how long
   * @param running ends it
   */
  Child begin(int seconds, Cleanup running) {
    List<String> command =
        List.of(
            program.toString(),
            "--socket",
            socket,
            "--from",
            pod.address() + ":" + PORT,
            "--to",
            receiver.address() + ":" + PORT,
            "--seconds",
            Integer.toString(seconds),
            "--seed",
            Long.toString(seed++));
    return Child.start("fuzzer", pod.command(command), this::count, running);
  }

  /** Waits for its end; what it has done counts then. */
  static void end(Child fuzzer, int seconds) {
    fuzzer.await(seconds * 1000L + ENDING_MS);
  }

  /** A line of names and counts. */
  private void count(String line) {
    String[] words = line.split(" ", -1);
    if (words.length % 2 != 0) {
      throw new CommandFailure("The fuzzer said what can't be read: " + line);
    }
    synchronized (done) {
      for (int i = 0; i < words.length; i += 2) {
        done.merge(words[i], Long.parseLong(words[i + 1]), Long::sum);
      }
    }
  }

  /** Returns how often it has done what, by the names that the fuzzer gives it. */
  Map<String, Long> done() {
    synchronized (done) {
      return Map.copyOf(done);
    }
  }
}
