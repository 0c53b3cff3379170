package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.ktsn.cli.ControlClient;

/** What stands in the files of a running node's {@code etc/}. They are as before afterwards. */
@ExtendWith(Node.class)
final class ConfigurationSystemTest {
  private static final Path DIRECTORY = Node.RUN.resolve("etc");

  /** File Install looks every two seconds. */
  private static final int SECONDS = 20;

  private final Node node = Node.node();

  /** What the files said before; empty for none. */
  private final Map<Path, Optional<String>> before = new HashMap<>();

  @AfterEach
  void restore() throws IOException {
    for (Map.Entry<Path, Optional<String>> file : before.entrySet()) {
      if (file.getValue().isPresent()) {
        replace(file.getKey(), file.getValue().get());
      } else {
        Files.deleteIfExists(file.getKey());
      }
    }
    Node.await(
        "all is as before",
        SECONDS,
        () ->
            node.ask("ktsn:health").status() == 0
                && node.stats().get("shaper").getAsString().equals("tas"));
  }

  /** Writes a file, with what the front door has put there before these lines. */
  private Path write(String pid, String lines) throws IOException {
    Path file = DIRECTORY.resolve(pid + ".cfg");
    Optional<String> said =
        Files.exists(file) ? Optional.of(Files.readString(file)) : Optional.empty();
    before.putIfAbsent(file, said);
    replace(file, before.get(file).orElse("") + lines);
    return file;
  }

  /** At once, so that nobody reads half of it. */
  private static void replace(Path file, String text) throws IOException {
    Files.createDirectories(DIRECTORY);
    Path fresh = Files.writeString(Node.RUN.resolve("etc.new"), text);
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
  }

  @Test
  void shouldRefuseABadValueWithFileKeyAndRemedyAndKeepWhatIsInForce() throws IOException {
    final String inForce = node.shell("ktsn:config org.ktsn.dataplane --json");
    final long received = node.received();
    Path file = write("org.ktsn.dataplane", "\nmax.wait.ms = soon\n");
    Node.await("health tells", SECONDS, () -> node.ask("ktsn:health").status() == 1);
    ControlClient.Reply told = node.ask("ktsn:health");
    String all = told.output() + told.error();
    assertTrue(all.contains(file.toString()), all);
    assertTrue(all.contains("max.wait.ms is 'soon'; give a whole number"), all);
    assertEquals(inForce, node.shell("ktsn:config org.ktsn.dataplane --json"));
    assertTrue(node.received() >= received, "the data plane did not begin anew");
    restore();
    assertEquals(inForce, node.shell("ktsn:config org.ktsn.dataplane --json"));
    assertTrue(node.received() >= received, "nor afterwards");
  }

  @Test
  void shouldHeedARankingWithoutATypeBesideAnotherKey() throws IOException {
    write("org.ktsn.shaper.cbs", "service.ranking = 150\nmissed = requeue\n");
    Node.await(
        "the shaper that is ranked higher is at work",
        SECONDS,
        () -> node.stats().get("shaper").getAsString().equals("cbs"));
    restore();
    assertEquals("tas", node.stats().get("shaper").getAsString());
  }
}
