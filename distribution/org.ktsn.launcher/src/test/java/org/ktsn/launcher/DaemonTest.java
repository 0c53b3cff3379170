package org.ktsn.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.ktsn.cli.ControlClient;
import org.ktsn.cli.ControlClient.Reply;

/** Starts the real framework, in a process of its own, with the base and the shell. */
@Timeout(90)
class DaemonTest {
  private static final int PATIENCE_SECONDS = 30;
  private static final Path ROOT = Path.of(System.getProperty("ktsn.root"));
  private static final Path BUNDLES = Path.of("target/test-bundles").toAbsolutePath();

  @TempDir Path directory;

  private Path home;
  private Path run;
  private final List<Process> processes = new ArrayList<>();

  @BeforeEach
  void layOut() throws IOException {
    home = directory.resolve("home");
    run = directory.resolve("run");
    Files.createDirectories(home.resolve("features"));
    Files.createDirectories(home.resolve("etc"));
    Files.createDirectories(home.resolve("deploy"));
    Files.createSymbolicLink(home.resolve("bundles"), BUNDLES);
    for (String feature : new String[] {"ktsn-base.json", "ktsn-shell.json"}) {
      Files.copy(ROOT.resolve("features").resolve(feature), home.resolve("features", feature));
    }
  }

  @AfterEach
  void end() throws Exception {
    Files.delete(home.resolve("bundles"));
    for (Process process : processes) {
      process.destroyForcibly().waitFor();
    }
  }

  private Process launch(String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--sun-misc-unsafe-memory-access=allow",
                "-Dktsn.instance=test",
                "-Dktsn.home=" + home,
                "-Dktsn.run=" + run,
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(directory.resolve("out").toFile())
            .redirectError(ProcessBuilder.Redirect.appendTo(directory.resolve("err").toFile()))
            .start();
    processes.add(process);
    return process;
  }

  private Process launchAndAwaitReady() throws Exception {
    Process process = launch();
    String own = process.pid() + "\n";
    await(process, () -> Files.readString(run.resolve("ready")).equals(own));
    return process;
  }

  /** Something that may come true; what can't be read yet is not true yet. */
  @FunctionalInterface
  private interface Condition {
    boolean holds() throws IOException;
  }

  /** Another process can't tell when: so look again and again, as long as it lives. */
  private void await(Process process, Condition condition) throws InterruptedException {
    long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!holds(condition)) {
      assertFalse(process.waitFor(50, TimeUnit.MILLISECONDS), this::errors);
      assertTrue(System.nanoTime() < deadlineNs, this::errors);
    }
  }

  private static boolean holds(Condition condition) {
    try {
      return condition.holds();
    } catch (IOException e) {
      return false;
    }
  }

  private String errors() {
    try {
      return Files.readString(directory.resolve("err"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  private Reply command(String text) {
    return command(run.resolve("control.sock"), text);
  }

  private static Reply command(Path socket, String text) {
    try (ControlClient client = ControlClient.connect(socket)) {
      return client.run(text);
    }
  }

  private static int exitStatus(Process process) throws InterruptedException {
    assertTrue(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS), "the process has not ended");
    return process.exitValue();
  }

  @Test
  void shouldServeCommandsAndEndInOrder() throws Exception {
    Process daemon = launchAndAwaitReady();

    Reply bundles = command("lb");
    assertEquals(0, bundles.status(), bundles::error);
    assertTrue(bundles.output().contains("KTSN :: Shell"), bundles::output);
    assertFalse(bundles.output().contains("Installed"), bundles::output);
    assertTrue(command("scr:list").output().contains("org.ktsn.shell.control"));
    assertEquals(0, command("ktsn:health").status());
    assertTrue(command("ktsn:commands").output().contains("felix:lb"));
    Reply pods = command("ktsn:pods");
    assertEquals(1, pods.status());
    assertTrue(pods.error().startsWith("no running component offers pods"), pods::error);
    assertEquals(daemon.pid() + "\n", Files.readString(run.resolve("ktsnd.pid")));

    daemon.destroy();

    assertEquals(0, exitStatus(daemon), this::errors);
    for (String file : new String[] {"ready", "control.sock", "ktsnd.pid"}) {
      assertFalse(Files.exists(run.resolve(file)), file);
    }
    assertTrue(Files.readString(run.resolve("ktsnd.log")).contains("event=stopped"));
    assertEquals("", errors());
  }

  @Test
  void shouldRefuseASecondDaemonOnTheSameRunDirectory() throws Exception {
    Process first = launchAndAwaitReady();

    Process second = launch();

    assertEquals(1, exitStatus(second));
    assertEquals(
        "ktsnd: another KTSNd (process "
            + first.pid()
            + ") uses the run directory "
            + run
            + "; stop it, or set KTSN_INSTANCE to another name\n",
        errors());
    assertEquals(0, command("lb").status());
    assertTrue(Files.exists(run.resolve("ready")));
  }

  @Test
  void shouldRelieveAnotherDaemonWhenThatOneHasEnded() throws Exception {
    Process first = launchAndAwaitReady();

    Process second = launch("--relieve");

    await(second, () -> Files.readString(run.resolve("relief")).equals(second.pid() + "\n"));
    assertEquals(first.pid() + "\n", Files.readString(run.resolve("ready")));
    assertEquals(first.pid() + "\n", Files.readString(run.resolve("ktsnd.pid")));
    assertEquals(0, command("lb").status(), "the first one serves");

    first.destroy();

    await(second, () -> Files.readString(run.resolve("ready")).equals(second.pid() + "\n"));
    assertEquals(0, exitStatus(first), this::errors);
    assertEquals(second.pid() + "\n", Files.readString(run.resolve("ktsnd.pid")));
    assertFalse(Files.exists(run.resolve("relief")));
    assertFalse(Files.exists(run.resolve("framework/" + first.pid())));
    assertEquals(0, command("ktsn:health").status());
  }

  @Test
  void shouldStartAgainAfterItWasKilled() throws Exception {
    launchAndAwaitReady().destroyForcibly().waitFor();
    assertTrue(Files.exists(run.resolve("control.sock")));

    launchAndAwaitReady();

    assertEquals(0, command("lb").status());
  }

  @Test
  void shouldAnswerAgainAfterItHadNoDescriptorLeft() throws Exception {
    Process daemon = launchAndAwaitReady();
    try (ControlClient inside = ControlClient.connect(run.resolve("control.sock"))) {
      assertEquals(0, inside.run("ktsn:health").status());
      String limit = descriptors(daemon, "").lines().toList().getLast().strip();
      descriptors(daemon, "=8:");
      Thread waiting = Thread.ofVirtual().start(() -> command("lb"));

      await(
          daemon, () -> Files.readString(run.resolve("ktsnd.log")).contains("Too many open files"));
      Reply health = inside.run("ktsn:health");
      descriptors(daemon, "=" + limit + ":");

      assertEquals(1, health.status());
      assertTrue(health.output().contains("the control socket " + run), health::output);
      assertTrue(health.output().contains("Too many open files"), health::output);
      assertTrue(waiting.join(Duration.ofSeconds(PATIENCE_SECONDS)), "it was never answered");
      assertEquals(0, command("lb").status());
      long told =
          Files.readString(run.resolve("ktsnd.log"))
              .lines()
              .filter(line -> line.contains("subject=\"the control socket"))
              .count();
      assertEquals(1, told);
    }
  }

  /** Shows or sets how many descriptors a process may have. */
  private static String descriptors(Process process, String limit) throws Exception {
    Process prlimit =
        new ProcessBuilder(
                "prlimit",
                "--pid",
                Long.toString(process.pid()),
                "--nofile" + limit,
                "--noheadings",
                "--output=SOFT")
            .redirectErrorStream(true)
            .start();
    String output = new String(prlimit.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, prlimit.waitFor(), output);
    return output;
  }

  @Test
  void shouldUpdateABundleByItsName() throws Exception {
    Process daemon = launchAndAwaitReady();

    Reply update = command("felix:update org.ktsn.shell");

    assertEquals(0, update.status(), update::error);
    await(daemon, () -> Files.exists(run.resolve("control.sock")));
    assertEquals(0, command("ktsn:health").status());
  }

  @Test
  void shouldEndWithSuccessWhenTheFrameworkIsStoppedFromWithin() throws Exception {
    Process daemon = launchAndAwaitReady();

    command("felix:stop 0");

    assertEquals(0, exitStatus(daemon), this::errors);
  }

  @Test
  void shouldTakeUpABundleThatIsDroppedIntoDeploy() throws Exception {
    Process daemon = launchAndAwaitReady();
    Path jar = directory.resolve("hot.jar");
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().putValue("Bundle-ManifestVersion", "2");
    manifest.getMainAttributes().putValue("Bundle-SymbolicName", "org.test.hot");
    manifest.getMainAttributes().putValue("Bundle-Version", "1.2.3");
    try (OutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
      out.flush();
    }

    Files.move(jar, home.resolve("deploy/hot.jar"), StandardCopyOption.ATOMIC_MOVE);

    await(daemon, () -> command("lb -s org.test.hot").output().contains("Active"));
  }

  @Test
  void shouldConfigureComponentsFromFeaturesAndFiles() throws Exception {
    Files.writeString(
        home.resolve("features/own.json"),
        """
        {"feature-resource-version": "1.0", "id": "org.test:own:1.0.0",
         "configurations": {"org.ktsn.shell.control": {"socket": "%s"}}}
        """
            .formatted(run.resolve("elsewhere.sock")));
    Process daemon = launchAndAwaitReady();
    assertTrue(Files.exists(run.resolve("elsewhere.sock")));

    Files.writeString(
        run.resolve("etc/org.ktsn.shell.control.cfg"),
        "socket = " + run.resolve("third.sock") + "\n",
        StandardCharsets.UTF_8);

    await(daemon, () -> Files.exists(run.resolve("third.sock")));
    Files.writeString(
        run.resolve("etc/org.ktsn.shell.control.json"),
        "{\"socket\": \"" + run.resolve("fourth.sock") + "\"}");
    await(daemon, () -> Files.exists(run.resolve("fourth.sock")));
    assertEquals(0, exitStatusAfterTermination(daemon));
  }

  @Test
  void shouldKeepTheLastGoodConfigurationAndNameWhatIsWrongWithTheFile() throws Exception {
    Path file = run.resolve("etc/org.ktsn.shell.control.cfg");
    Process daemon = launchAndAwaitReady();
    Files.writeString(file, "socket = " + run.resolve("second.sock") + "  \nconnections = 5\n");
    await(daemon, () -> Files.exists(run.resolve("second.sock")));

    Files.writeString(file, "socket = " + run.resolve("third.sock") + "\nConnections = 5\n");
    Path second = run.resolve("second.sock");
    await(daemon, () -> command(second, "ktsn:health").status() == 1);
    Reply unknown = command(second, "ktsn:health");
    Files.writeString(file, "connections = 3000000000\n");
    await(daemon, () -> command(second, "ktsn:health").output().contains("3000000000"));
    Reply large = command(second, "ktsn:health");
    Files.delete(file);
    await(daemon, () -> Files.exists(run.resolve("control.sock")));
    await(daemon, () -> command("ktsn:health").status() == 0);

    assertTrue(
        unknown
            .output()
            .contains(
                file
                    + ": there is no key 'Connections' in org.ktsn.shell.control; write connections"),
        unknown::output);
    assertTrue(
        large
            .output()
            .contains("connections is '3000000000'; give a whole number from 1 to 2147483647"),
        large::output);
    assertFalse(Files.exists(run.resolve("third.sock")));
    assertTrue(
        Files.readString(run.resolve("ktsnd.log")).contains("event=configuration-refused file="));
    assertEquals(
        "org.ktsn.shell.control: connections is 'x'; give a whole number from 1 to 2147483647",
        command("ktsn:config org.ktsn.shell.control connections=x").error().strip());
  }

  private int exitStatusAfterTermination(Process daemon) throws InterruptedException {
    daemon.destroy();
    return exitStatus(daemon);
  }

  @Test
  void shouldNameTheBundleThatIsMissing() throws Exception {
    Files.writeString(
        home.resolve("features/own.json"),
        """
        {"feature-resource-version": "1.0", "id": "org.test:own:1.0.0",
         "bundles": [{"id": "org.test:absent:7.0"}]}
        """);

    assertEquals(1, exitStatus(launch()));

    assertTrue(
        errors().startsWith("ktsnd: the bundle org.test:absent:7.0 of the feature own is missing"),
        this::errors);
    assertEquals(1, errors().lines().count(), this::errors);
    assertFalse(Files.exists(run));
  }

  @Test
  void shouldCheckTheDistributionWithoutStartingIt() throws Exception {
    assertEquals(0, exitStatus(launch("--check")), this::errors);

    assertEquals("14 bundles are complete\n", Files.readString(directory.resolve("out")));
    assertFalse(Files.exists(run));
    assertEquals(1, exitStatus(launch("--start")));
    assertTrue(errors().contains("usage: ktsnd [--check|--relieve]"), this::errors);
  }
}
