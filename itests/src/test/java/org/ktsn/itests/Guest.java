package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * An emulated machine with a kernel of the distribution ({@code itests/guest}), booted once for
 * what it is to do.
 */
final class Guest {
  private static final Path HERE = Node.ROOT.resolve("itests/guest");
  private static final int BUILD_SECONDS = 300;
  private static final int RUN_SECONDS = 660;

  private final Map<String, Path> data = new LinkedHashMap<>();
  private final Map<String, String> jobs = new LinkedHashMap<>();

  /** Builds what is booted, if it is stale. */
  Guest() {
    Command.start(Map.of(), List.of("make", "-s", "-C", HERE.toString()))
        .end(BUILD_SECONDS)
        .expect(0);
  }

  /** What this tree has in {@code itests/guest/build}. */
  static Path program(String name) {
    return HERE.resolve("build").resolve(name);
  }

  /** Gives the guest a file; jobs find it in their working directory. */
  Guest with(String name, Path file) {
    data.put(name, file);
    return this;
  }

  /** Has the guest run a script of its shell, after those that were given before. */
  Guest job(String name, String script) {
    jobs.put(name, "#!/bin/sh\n" + script + "\n");
    return this;
  }

  /**
   * Boots it and waits for its end.
   *
   * @return what each job printed, line by line; all have ended well
   */
  Map<String, List<String>> run() {
    try {
      Path folder = Files.createTempDirectory("ktsn-guest");
      try {
        return run(folder);
      } finally {
        delete(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Map<String, List<String>> run(Path folder) throws IOException {
    Path files = Files.createDirectories(folder.resolve("jobs/data"));
    for (Map.Entry<String, Path> file : data.entrySet()) {
      Files.copy(file.getValue(), files.resolve(file.getKey()));
      assertTrue(files.resolve(file.getKey()).toFile().setExecutable(true));
    }
    int number = 10;
    for (Map.Entry<String, String> job : jobs.entrySet()) {
      Path script = folder.resolve("jobs/" + number++ + "-" + job.getKey());
      Files.writeString(script, job.getValue());
      assertTrue(script.toFile().setExecutable(true));
    }
    Path results = folder.resolve("results");
    Command.start(
            Map.of(),
            List.of(
                "sh",
                HERE.resolve("boot.sh").toString(),
                folder.resolve("jobs").toString(),
                results.toString()))
        .end(RUN_SECONDS)
        .expect(0);
    return read(Files.readAllLines(results));
  }

  private static Map<String, List<String>> read(List<String> lines) {
    Map<String, List<String>> outputs = new LinkedHashMap<>();
    List<String> output = new ArrayList<>();
    for (String line : lines) {
      if (line.startsWith("@begin ")) {
        output = new ArrayList<>();
      } else if (line.startsWith("@end ")) {
        String[] words = line.split(" ", -1);
        assertEquals("0", words[2], line + "\n" + String.join("\n", output));
        outputs.put(words[1].substring(words[1].indexOf('-') + 1), output);
        output = new ArrayList<>();
      } else {
        output.add(line);
      }
    }
    return outputs;
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted((one, other) -> other.compareTo(one)).toList()) {
        Files.delete(file);
      }
    }
  }
}
