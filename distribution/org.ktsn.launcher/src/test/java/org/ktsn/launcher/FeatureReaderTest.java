package org.ktsn.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ktsn.launcher.LaunchPlan.PlannedBundle;

class FeatureReaderTest {
  private static final Path FEATURES = Path.of(System.getProperty("ktsn.root"), "features");

  private final FeatureReader reader = new FeatureReader();

  @TempDir Path folder;

  private void feature(String name, String members) throws IOException {
    Files.writeString(
        folder.resolve(name + ".json"),
        "{\"feature-resource-version\": \"1.0\", \"id\": \"org.test:"
            + name
            + ":1.0.0\""
            + members
            + "}");
  }

  private String refusal(String... names) {
    return assertThrows(LaunchException.class, () -> reader.read(folder, List.of(names)))
        .getMessage();
  }

  @Test
  void shouldReadTheDistributionsFeatures() {
    LaunchPlan plan = reader.read(FEATURES, List.of());

    List<String> bundles =
        plan.bundles().stream().map(bundle -> bundle.coordinates().artifact()).toList();
    assertEquals(bundles.stream().distinct().toList(), bundles);
    assertTrue(bundles.contains("org.apache.felix.scr"), bundles.toString());
    assertTrue(bundles.contains("org.ktsn.foreign"), bundles.toString());
    assertTrue(plan.services().contains("org.ktsn.api.port.Port"), plan.services().toString());
  }

  @Test
  void shouldStartTheShellBeforeTheDataPlane() {
    LaunchPlan plan = reader.read(FEATURES, List.of());

    assertTrue(level(plan, "org.apache.felix.scr") < level(plan, "org.ktsn.shell"));
    assertTrue(level(plan, "org.ktsn.shell") < level(plan, "org.ktsn.dataplane"));
  }

  private static int level(LaunchPlan plan, String artifact) {
    return plan.bundles().stream()
        .filter(bundle -> bundle.coordinates().artifact().equals(artifact))
        .mapToInt(PlannedBundle::startLevel)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void shouldReadOnlyTheFeaturesThatAreAskedFor() {
    LaunchPlan plan = reader.read(FEATURES, List.of("ktsn-shell"));

    assertEquals(
        List.of(
            new PlannedBundle(
                new Coordinates("org.ktsn", "org.ktsn.shell", "0.1.0"), 4, "ktsn-shell")),
        plan.bundles());
  }

  @Test
  void shouldTakeABundleOfTwoFeaturesOnce() throws IOException {
    feature("a", ", \"bundles\": [{\"id\": \"g:x:1.0\"}, {\"id\": \"g:y:1.0\"}]");
    feature("b", ", \"bundles\": [{\"id\": \"g:y:1.0\"}, {\"id\": \"g:z:1.0\"}]");

    List<PlannedBundle> bundles = reader.read(folder, List.of()).bundles();

    assertEquals(
        List.of("x", "y", "z"),
        bundles.stream().map(bundle -> bundle.coordinates().artifact()).toList());
    assertEquals(FeatureReader.DEFAULT_START_LEVEL, bundles.getFirst().startLevel());
  }

  @Test
  void shouldRefuseFeaturesThatContradictEachOther() throws IOException {
    feature("a", ", \"bundles\": [{\"id\": \"g:x:1.0\"}]");
    feature("b", ", \"bundles\": [{\"id\": \"g:x:2.0\"}]");

    assertEquals(
        "the features a and b disagree about g:x: 1.0 at start level 10, and 2.0 at 10", refusal());
  }

  @Test
  void shouldRefuseStartLevelsOutOfRange() throws IOException {
    for (String level : new String[] {"0", "21", "-1", "99999999999", "\"high\""}) {
      feature("a", ", \"bundles\": [{\"id\": \"g:x:1.0\", \"start-level\": " + level + "}]");
      assertTrue(refusal().contains("give a whole number from 1 to 20"), level);
    }
  }

  @Test
  void shouldReadConfigurationsAndServices() throws IOException {
    feature(
        "a",
        """
        , "configurations": {"org.test": {"count": 3, "name": "x"}, "org.factory~one": {"a": "b"}},
        "extensions": {"ktsn-services": {"kind": "optional", "type": "text", "text": ["org.A", "org.B"]}}
        """);

    LaunchPlan plan = reader.read(folder, List.of());

    assertEquals("x", plan.configurations().get("org.test").get("name"));
    assertEquals(Map.of("a", "b"), plan.configurations().get("org.factory~one"));
    assertEquals(List.of("org.A", "org.B"), plan.services());
  }

  @Test
  void shouldRefuseTwoConfigurationsOfOneComponent() throws IOException {
    feature("a", ", \"configurations\": {\"org.test\": {\"a\": \"1\"}}");
    feature("b", ", \"configurations\": {\"org.test\": {\"a\": \"2\"}}");

    assertEquals("the feature b configures org.test, and another one does as well", refusal());
  }

  @Test
  void shouldNameTheFeatureThatIsMissing() throws IOException {
    feature("a", "");

    assertEquals(
        "there is no feature 'none' in " + folder + "; these are there: a", refusal("none"));
  }

  @Test
  void shouldNameTheFileThatCantBeRead() throws IOException {
    for (String text : new String[] {"", "{", "[]", "{\"bundles\": 3}", "\0\1\2"}) {
      Files.writeString(folder.resolve("a.json"), text);
      String message = refusal();
      assertTrue(message.startsWith("the feature " + folder.resolve("a.json")), message);
    }
  }

  @Test
  void shouldSayThatThereAreNoFeatures() {
    assertTrue(refusal().startsWith("there is no feature in " + folder));
    assertTrue(
        assertThrows(LaunchException.class, () -> reader.read(folder.resolve("none"), List.of()))
            .getMessage()
            .contains("can't be read"));
  }
}
