package org.ktsn.launcher;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The bundles of this tree as they were built. */
final class BuiltBundles {
  static final Path ROOT = Path.of("../..").toAbsolutePath().normalize();
  static final Path FOLDER = ROOT.resolve("bundles");

  private BuiltBundles() {}

  /** Returns their jars by their names; all of them, or the test fails. */
  static Map<String, Path> jars() throws IOException {
    Map<String, Path> jars = new TreeMap<>();
    try (Stream<Path> folders = Files.list(FOLDER)) {
      for (Path folder : folders.filter(dir -> Files.exists(dir.resolve("pom.xml"))).toList()) {
        String name = folder.getFileName().toString();
        jars.put(name, jar(folder, name));
      }
    }
    assertTrue(jars.size() > 10, jars.keySet().toString());
    return jars;
  }

  private static Path jar(Path folder, String name) throws IOException {
    Optional<Path> jar = Optional.empty();
    if (Files.isDirectory(folder.resolve("target"))) {
      try (Stream<Path> files = Files.list(folder.resolve("target"))) {
        jar =
            files
                .filter(file -> file.getFileName().toString().matches(name + "-[0-9.]+\\.jar"))
                .findFirst();
      }
    }
    return jar.orElseThrow(
        () -> new AssertionError(name + " is not built; mvn -pl bundles/" + name + " package"));
  }
}
