package org.ktsn.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The laws of the house that can be read from the bundles' manifests and from the features. */
class LawsTest {
  /** What others may import; everybody else keeps what is theirs. */
  private static final Set<String> EXPORTERS =
      Set.of(
          "org.ktsn.api",
          "org.ktsn.foreign",
          "org.ktsn.runtime",
          "org.ktsn.mqtt",
          "org.ktsn.yang",
          "org.ktsn.shaper.contract");

  /** What no node installs by itself: test kits, and what a benchmark brings along. */
  private static final Set<String> NOT_IN_A_FEATURE =
      Set.of("org.ktsn.shaper.contract", "org.ktsn.testkit", "org.ktsn.bench");

  private static final Pattern ROOM =
      Pattern.compile("^\\| `bundles/(org\\.ktsn\\.[a-z.]+)` \\|.*\\| ([^|]+) \\|$");

  /** A comma that parts two clauses of a header: the number of quotes behind it is even. */
  private static final String BETWEEN_CLAUSES = ",(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)";

  @Test
  void shouldImportOnlyWhatTheArchitectureSays() throws IOException {
    Map<String, Attributes> manifests = manifests();
    Map<String, String> exporterOf = new TreeMap<>();
    manifests.forEach(
        (bundle, manifest) ->
            packages(manifest, "Export-Package").forEach(name -> exporterOf.put(name, bundle)));
    Map<String, Set<String>> real = new TreeMap<>();
    manifests.forEach(
        (bundle, manifest) ->
            real.put(
                bundle,
                packages(manifest, "Import-Package").stream()
                    .filter(name -> name.startsWith("org.ktsn."))
                    .map(name -> exporterOf.getOrDefault(name, name + ", which nobody exports"))
                    .filter(other -> !other.equals(bundle))
                    .collect(Collectors.toCollection(TreeSet::new))));
    assertEquals(lines(documented()), lines(real), "left: ARCHITECTURE.md, right: the manifests");
  }

  @Test
  void shouldExportOnlyWhatIsMeantForOthersAndInVersions() throws IOException {
    List<String> unversioned = new ArrayList<>();
    Set<String> exporters = new TreeSet<>();
    for (Map.Entry<String, Attributes> bundle : manifests().entrySet()) {
      for (String clause : clauses(bundle.getValue(), "Export-Package")) {
        exporters.add(bundle.getKey());
        if (!clause.contains(";version=")) {
          unversioned.add(bundle.getKey() + ": " + clause);
        }
      }
    }
    assertEquals(new TreeSet<>(EXPORTERS), exporters);
    assertEquals(List.of(), unversioned);
  }

  @Test
  void shouldMeetAsServicesOnly() throws IOException {
    List<String> otherWays = new ArrayList<>();
    manifests()
        .forEach(
            (bundle, manifest) ->
                Stream.of(
                        "Bundle-Activator",
                        "Require-Bundle",
                        "DynamicImport-Package",
                        "Fragment-Host")
                    .filter(header -> manifest.getValue(header) != null)
                    .forEach(header -> otherWays.add(bundle + " has " + header)));
    assertEquals(List.of(), otherWays);
  }

  @Test
  void shouldBuildTheApiOnJavaAlone() throws IOException {
    assertEquals(
        List.of(),
        packages(manifests().get("org.ktsn.api"), "Import-Package").stream()
            .filter(name -> !name.startsWith("java.") && !name.startsWith("org.ktsn.api."))
            .toList());
  }

  @Test
  void shouldInstallEveryBundleByAFeatureThatIsMeantForNodes() throws IOException {
    Set<String> expected = new TreeSet<>(manifests().keySet());
    expected.removeAll(NOT_IN_A_FEATURE);
    Set<String> installed = new TreeSet<>();
    try (Stream<Path> files = Files.list(BuiltBundles.ROOT.resolve("features"))) {
      for (Path file : files.filter(file -> file.toString().endsWith(".json")).toList()) {
        try (JsonReader reader = Json.createReader(Files.newBufferedReader(file))) {
          for (JsonObject bundle :
              reader.readObject().getJsonArray("bundles").getValuesAs(JsonObject.class)) {
            String[] coordinates = bundle.getString("id").split(":", -1);
            if (coordinates[0].equals("org.ktsn")) {
              installed.add(coordinates[1]);
            }
          }
        }
      }
    }
    assertEquals(expected, installed);
  }

  private static Map<String, Attributes> manifests() throws IOException {
    Map<String, Attributes> manifests = new TreeMap<>();
    for (Map.Entry<String, Path> bundle : BuiltBundles.jars().entrySet()) {
      try (JarFile jar = new JarFile(bundle.getValue().toFile())) {
        manifests.put(bundle.getKey(), jar.getManifest().getMainAttributes());
      }
    }
    return manifests;
  }

  /** Reads the table of rooms. */
  private static Map<String, Set<String>> documented() throws IOException {
    Map<String, Set<String>> rooms = new TreeMap<>();
    for (String line : Files.readAllLines(BuiltBundles.ROOT.resolve("ARCHITECTURE.md"))) {
      Matcher room = ROOM.matcher(line);
      if (room.matches()) {
        rooms.put(
            room.group(1),
            room.group(2).equals("JDK only")
                ? Set.of()
                : Arrays.stream(room.group(2).split(", ", -1))
                    .map(other -> "org.ktsn." + other)
                    .collect(Collectors.toCollection(TreeSet::new)));
      }
    }
    return rooms;
  }

  private static String lines(Map<String, Set<String>> uses) {
    return uses.entrySet().stream()
        .map(entry -> entry.getKey() + " uses " + String.join(", ", entry.getValue()))
        .collect(Collectors.joining("\n"));
  }

  private static List<String> packages(Attributes manifest, String header) {
    return clauses(manifest, header).stream().map(clause -> clause.split(";", 2)[0]).toList();
  }

  private static List<String> clauses(Attributes manifest, String header) {
    String value = manifest.getValue(header);
    return value == null ? List.of() : List.of(value.split(BETWEEN_CLAUSES, -1));
  }
}
