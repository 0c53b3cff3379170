package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A page that tells how a bundle is written, and the project that it quotes.
 *
 * @param page in this tree
 * @param project in this tree
 * @param bundle its symbolic name
 */
record Tutorial(String page, String project, String bundle) {
  private static final Pattern QUOTE =
      Pattern.compile("(?ms)^<!-- (\\S+) -->\\n```\\w+\\n(.*?)^```$");

  /** Each piece of code on the page stands like that in the project. */
  void assertQuoted(int atLeast) throws IOException {
    Matcher quotes = QUOTE.matcher(Files.readString(Node.ROOT.resolve(page)));
    int found = 0;
    while (quotes.find()) {
      String file = Files.readString(Node.ROOT.resolve(project).resolve(quotes.group(1)));
      for (String part : quotes.group(2).split("(?m)^ *(//|<!--) \\.\\.\\.( -->)?\\n", -1)) {
        assertTrue(file.contains(part), quotes.group(1) + " does not contain\n" + part);
      }
      found++;
    }
    assertTrue(found >= atLeast, "the tutorial quotes " + found + " files");
  }

  /**
   * Builds a copy of the project with nothing of this tree around it, as its reader does: with
   * KTSN's artifacts in the local repository of the build that runs this test, and the rest from
   * wherever Maven fetches it.
   *
   * @return the bundle
   */
  Path build(Path directory) throws IOException {
    Path from = Node.ROOT.resolve(project);
    Path copy = directory.resolve(bundle);
    try (Stream<Path> files = Files.walk(from)) {
      files
          .filter(file -> !file.startsWith(from.resolve("target")))
          .forEach(file -> copy(file, copy.resolve(from.relativize(file).toString())));
    }
    Command.start(
            Map.of("JAVA_HOME", System.getProperty("java.home")),
            List.of(
                "mvn",
                "-B",
                "-ntp",
                "-Dmaven.repo.local=" + System.getProperty("localRepository"),
                "-f",
                copy.resolve("pom.xml").toString(),
                "package"))
        .end(600)
        .expect(0);
    return copy.resolve("target/" + bundle + "-1.0.0.jar");
  }

  private static void copy(Path from, Path to) {
    try {
      Files.copy(from, to);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
