package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.ktsn.cli.ControlClient;

/**
 * The node that all system tests share: {@code ./ktsn up} before the first of them, {@code ./ktsn
 * down} after the last, with the pods {@code alice} and {@code bob}. An instance of its own, so
 * that a node that somebody uses is left alone.
 */
final class Node implements BeforeAllCallback, AutoCloseable {
  static final String INSTANCE = "ktitest";
  static final Path ROOT = Path.of(System.getProperty("ktsn.root"));
  static final Path HOME = ROOT.resolve("distribution/target/ktsn-0.1.0");
  static final Path RUN = Path.of("/run", INSTANCE);
  static final Path SEND = ROOT.resolve("itests/target/send");

  private static final Map<String, String> ENVIRONMENT =
      Map.of("KTSN_INSTANCE", INSTANCE, "KTSN_STATE", RUN.resolve("kept").toString());

  private String aliceAddress = "";
  private String bobAddress = "";

  @Override
  public void beforeAll(ExtensionContext context) {
    Node shared =
        context
            .getRoot()
            .getStore(ExtensionContext.Namespace.create(Node.class))
            .getOrComputeIfAbsent(Node.class, key -> new Node().up(), Node.class);
    current = shared;
  }

  private static Node current;

  static Node node() {
    return current;
  }

  private Node up() {
    String user = System.getProperty("user.name");
    assertTrue(
        user.equals("root"),
        "the system tests need root, this is " + user + "; run ./ktsn test as root");
    ktsn(60, "down").expect(0);
    ktsn(180, "up").expect(0);
    try {
      Files.createDirectories(SEND.getParent());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Command.start(
            Map.of(),
            List.of(
                "cc",
                "-O2",
                "-D_GNU_SOURCE",
                "-o",
                SEND.toString(),
                ROOT.resolve("itests/src/test/c/send.c").toString()))
        .end(60)
        .expect(0);
    aliceAddress = attach("alice");
    bobAddress = attach("bob");
    return this;
  }

  /** Attaches a pod; returns its address. */
  String attach(String name) {
    shell("ktsn:pod-add " + name);
    for (JsonElement pod : json("ktsn:pods --json").getAsJsonArray()) {
      if (pod.getAsJsonObject().get("name").getAsString().equals(name)) {
        String address =
            pod.getAsJsonObject().get("addresses").getAsJsonArray().get(0).getAsString();
        return address.substring(0, address.indexOf('/'));
      }
    }
    throw new IllegalStateException("pod " + name + " is not in the list of pods");
  }

  @Override
  public void close() {
    ktsn(60, "down").expect(0);
  }

  String alice() {
    return aliceAddress;
  }

  String bob() {
    return bobAddress;
  }

  /** Runs the front door to its end. */
  Command ktsn(int seconds, String... words) {
    return start(words).end(seconds);
  }

  /** Starts the front door. */
  Command start(String... words) {
    return start(Map.of(), words);
  }

  /** Starts the front door with more in its environment. */
  Command start(Map<String, String> environment, String... words) {
    List<String> all = new ArrayList<>(List.of(ROOT.resolve("ktsn").toString()));
    all.addAll(List.of(words));
    Map<String, String> both = new HashMap<>(ENVIRONMENT);
    both.putAll(environment);
    return Command.start(both, all);
  }

  /** Starts a program in a pod, with LibKTSN preloaded. */
  Command exec(String pod, String... words) {
    List<String> all = new ArrayList<>(List.of("pod", "exec", pod, "--"));
    all.addAll(List.of(words));
    return start(all.toArray(String[]::new));
  }

  /** Runs a program in a pod's network, without LibKTSN. */
  Command inNetwork(String pod, String... words) {
    List<String> all = new ArrayList<>(List.of("ip", "netns", "exec", INSTANCE + "-" + pod));
    all.addAll(List.of(words));
    return Command.start(Map.of(), all);
  }

  /**
   * Starts the demo's listener in a pod's network; returns when it listens.
   *
   * @param arrivals the file that it writes
   * @param options more of them
   */
  Command listen(String pod, String endpoint, Path arrivals, String... options) {
    List<String> words = new ArrayList<>();
    words.add(HOME.resolve("demo/listener").toString());
    words.addAll(List.of("--bind", endpoint, "--output", arrivals.toString()));
    words.addAll(List.of(options));
    Command listener = inNetwork(pod, words.toArray(String[]::new));
    await(
        "the listener listens",
        10,
        () -> listener.out().contains("ready") || !listener.process().isAlive());
    assertTrue(listener.process().isAlive(), listener.text());
    return listener;
  }

  /** Starts the demo's talker in a pod; a frame each millisecond where no option says otherwise. */
  Command talk(String pod, String endpoint, int frames, String... options) {
    List<String> words = new ArrayList<>();
    words.add(HOME.resolve("demo/talker").toString());
    words.addAll(List.of("--to", endpoint, "--frames", Integer.toString(frames)));
    words.addAll(List.of(options));
    return exec(pod, words.toArray(String[]::new));
  }

  /** Runs a shell command that must succeed; returns what it prints. */
  String shell(String command) {
    ControlClient.Reply reply = ask(command);
    assertEquals(0, reply.status(), () -> command + "\n" + reply.output() + reply.error());
    return reply.output();
  }

  /** Runs a shell command, as {@code ./ktsn shell} does but without a process for each. */
  ControlClient.Reply ask(String command) {
    try (ControlClient client = ControlClient.connect(RUN.resolve("control.sock"))) {
      return client.run(command);
    }
  }

  JsonElement json(String command) {
    return JsonParser.parseString(shell(command));
  }

  JsonObject stats() {
    return json("ktsn:stats --json").getAsJsonObject();
  }

  long received() {
    return stats().get("received").getAsLong();
  }

  long ktsnd() {
    try {
      return Long.parseLong(Files.readString(RUN.resolve("ktsnd.pid")).strip());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Seconds of processor time that KTSNd has used. */
  double ktsndCpuSeconds() {
    try {
      String stat = Files.readString(Path.of("/proc/" + ktsnd() + "/stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / 100.0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Waits for something.
   *
   * @param seconds as of {@link Patience}
   */
  static void await(String what, int seconds, BooleanSupplier condition) {
    long end = System.nanoTime() + Patience.ns(seconds);
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < end, "it does not come about: " + what);
      LockSupport.parkNanos(20_000_000);
    }
  }
}
