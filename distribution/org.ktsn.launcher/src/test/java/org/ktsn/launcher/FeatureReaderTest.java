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
import org.ktsn.launcher.BundlePlan.PlannedBundle;

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
    BundlePlan plan = reader.read(FEATURES, List.of());

    List<String> bundles =
        plan.bundles().stream().map(bundle -> bundle.coordinates().artifact()).toList();
    assertEquals(bundles.stream().distinct().toList(), bundles);
    assertTrue(bundles.contains("org.apache.felix.scr"), bundles.toString());
    assertTrue(bundles.contains("org.ktsn.foreign"), bundles.toString());
    assertTrue(plan.services().contains("org.ktsn.api.port.Port"), plan.services().toString());
  }

  @Test
  void shouldStartTheShellBeforeTheDataPlane() {
    BundlePlan plan = reader.read(FEATURES, List.of());

    assertTrue(level(plan, "org.apache.felix.scr") < level(plan, "org.ktsn.shell"));
    assertTrue(level(plan, "org.ktsn.shell") < level(plan, "org.ktsn.dataplane"));
  }

  private static int level(BundlePlan plan, String artifact) {
    return plan.bundles().stream()
        .filter(bundle -> bundle.coordinates().artifact().equals(artifact))
        .mapToInt(PlannedBundle::startLevel)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void shouldReadOnlyTheFeaturesThatAreAskedFor() {
    BundlePlan plan = reader.read(FEATURES, List.of("ktsn-shell"));

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

    BundlePlan plan = reader.read(folder, List.of());

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
  void shouldSayWhatItCantTake() throws IOException {
    Map<String, String> refusals =
        Map.ofEntries(
            Map.entry(
                ", \"bundles\": [\"g:a:1\"]", "bundles is \"g:a:1\"; write {\"id\": \"g:a:1\"}"),
            Map.entry(
                ", \"bundle\": [{\"id\": \"g:a:1\"}]",
                "the key 'bundle' is unknown; correct it, or remove it (bundles, configurations and"
                    + " extensions are taken)"),
            Map.entry(", \"bundles\": null", "bundles is null; give an array"),
            Map.entry(
                ", \"bundles\": [{\"id\": null}]", "bundles/id is null; give a text in quotes"),
            Map.entry(", \"bundles\": [{\"x\": 1}]", "bundles is {\"x\":1}; give it an \"id\""),
            Map.entry(", \"name\": null", "name is null; give a text in quotes"),
            Map.entry(
                ", \"configurations\": {\"p\": {\"x:Integer\": 3000000000}}",
                "configurations/p/x:Integer is 3000000000; give a whole number from -2147483648 to"
                    + " 2147483647"),
            Map.entry(
                ", \"configurations\": {\"p\": {\"x:Byte[]\": [1, \"128\"]}}",
                "configurations/p/x:Byte[] is \"128\"; give a whole number from -128 to 127"),
            Map.entry(
                ", \"configurations\": {\"p\": {\"x:Collection<Long>\": [1.5]}}",
                "configurations/p/x:Collection<Long> is 1.5; give a whole number from"
                    + " -9223372036854775808 to 9223372036854775807"),
            Map.entry(
                ", \"configurations\": {\"p\": {\"x\": null}}",
                "configurations/p/x is null; give a value, or remove the key"),
            Map.entry(", \"configurations\": {\"p\": 5}", "configurations/p is 5; give an object"),
            Map.entry(
                ", \"extensions\": {\"other\": {\"kind\": \"mandatory\", \"text\": []}}",
                "the extension 'other' is mandatory, and KTSN does not know it; remove it, or make"
                    + " its kind optional"),
            Map.entry(
                ", \"extensions\": {\"ktsn-services\": {\"text\": [5]}}",
                "extensions/ktsn-services/text is 5; give a text in quotes"));
    for (Map.Entry<String, String> refused : refusals.entrySet()) {
      feature("a", refused.getKey());
      assertEquals(
          "the feature " + folder.resolve("a.json") + " can't be read: " + refused.getValue(),
          refusal());
    }
    feature("a", ", \"name\": \"x\", \"name\": \"y\"");
    assertTrue(refusal().contains("name"), this::refusal);
  }

  @Test
  void shouldTakeWhatOsgiAllowsAndKtsnPassesOver() throws IOException {
    feature(
        "a",
        """
        , "docURL": "https://example.org", "complete": true, "categories": ["c"],
        "variables": {"v": 1}, "bundles": [{"id": "g:x:1.0", "hash": "5"}],
        "configurations": {"p": {"x:Integer": 2147483647, "y:Long": "5", "z": 1.5}},
        "extensions": {"other": {"kind": "optional", "type": "json", "json": {"a": null}}}
        """);

    BundlePlan plan = reader.read(folder, List.of());

    assertEquals(1, plan.bundles().size());
    assertEquals(Integer.MAX_VALUE, plan.configurations().get("p").get("x"));
    String file = "the feature " + folder.resolve("a.json") + " has ";
    assertEquals(
        List.of(
            file + "variables/v, which is passed over: KTSN puts in no variables",
            file + "bundles/hash, which is passed over: a bundle has an id and a start-level here",
            file
                + "extensions/other, which is passed over: KTSN knows the extension ktsn-services"
                + " only"),
        plan.passedOver());
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
