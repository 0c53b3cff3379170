package org.ktsn.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Who knows whom in the command line: what a node needs does not know what measures it. */
class PackagesTest {
  private static final Path SOURCES = Path.of("src/main/java/org/ktsn/cli");
  private static final Pattern IMPORT =
      Pattern.compile("^import (?:static )?org\\.ktsn\\.cli\\.([a-z]+)\\.", Pattern.MULTILINE);

  /** The packages below {@code org.ktsn.cli} that each of them may import. */
  private static final Map<String, Set<String>> MAY_KNOW =
      Map.of(
          "", Set.of("schedule"),
          "terminal", Set.of(),
          "schedule", Set.of("terminal"),
          "testbed", Set.of("terminal"),
          "hosts", Set.of("testbed"),
          "demo", Set.of("hosts", "terminal", "testbed"),
          "bench", Set.of("hosts", "terminal", "testbed"));

  @Test
  void shouldKnowOnlyWhatStandsBelow() throws IOException {
    List<String> wrong = new ArrayList<>();
    try (Stream<Path> files = Files.walk(SOURCES)) {
      for (Path file : files.filter(file -> file.toString().endsWith(".java")).toList()) {
        String room = SOURCES.relativize(file.getParent()).toString();
        Matcher imported = IMPORT.matcher(Files.readString(file));
        while (imported.find()) {
          String other = imported.group(1);
          if (!other.equals(room) && !MAY_KNOW.getOrDefault(room, Set.of()).contains(other)) {
            wrong.add(SOURCES.relativize(file) + " imports from " + other);
          }
        }
      }
    }
    assertEquals(List.of(), wrong);
  }

  @Test
  void shouldHaveALineForEachPackage() throws IOException {
    try (Stream<Path> folders = Files.walk(SOURCES)) {
      for (Path folder : folders.filter(Files::isDirectory).toList()) {
        String room = SOURCES.relativize(folder).toString();
        assertTrue(MAY_KNOW.containsKey(room), "who may " + room + " know?");
      }
    }
  }
}
