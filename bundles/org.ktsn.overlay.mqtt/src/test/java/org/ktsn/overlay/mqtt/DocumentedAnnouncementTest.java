package org.ktsn.overlay.mqtt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SpecVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ktsn.api.overlay.OverlayAnnouncements.Said;
import org.ktsn.api.overlay.OverlayAnnouncements.State;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.api.pod.Pod;
import org.ktsn.testkit.MemoryStore;

/** What docs/mqtt-asyncapi.yaml and docs/overlay.md say of announcements is what travels. */
class DocumentedAnnouncementTest {
  private static final Path DOCS = Path.of(System.getProperty("ktsn.root"), "docs");
  private static final String LOCATION = "urn:ktsn:asyncapi";

  @TempDir private Path folder;
  private final ObjectMapper json = new ObjectMapper();

  private final JsonSchema schema;

  DocumentedAnnouncementTest() throws IOException {
    schema = schema();
  }

  private static JsonSchema schema() throws IOException {
    JsonNode document =
        new ObjectMapper(new YAMLFactory())
            .readTree(Files.readString(DOCS.resolve("mqtt-asyncapi.yaml")));
    return JsonSchemaFactory.getInstance(
            SpecVersion.VersionFlag.V7,
            builder ->
                builder.schemaLoaders(
                    loaders -> loaders.schemas(Map.of(LOCATION, document.toString()))))
        .getSchema(SchemaLocation.of(LOCATION + "#/components/schemas/overlay"));
  }

  private static String example(String begin) throws IOException {
    return Pattern.compile(begin + "\n```json\n(.*?)```", Pattern.DOTALL)
        .matcher(Files.readString(DOCS.resolve("overlay.md")))
        .results()
        .findFirst()
        .orElseThrow()
        .group(1);
  }

  @Test
  void shouldTakeTheExampleAndSayWhatTheSchemaSays() throws IOException {
    TestOverlay overlay = new TestOverlay(folder, new MemoryStore());
    overlay.describe(
        "{ \"network\": \"pods\", \"vni\": 4097, \"tunnel\": \"192.0.2.1\", \"announcements\":"
            + " true }");
    String example = example("<!-- announcement -->");
    assertEquals(Set.of(), schema.validate(json.readTree(example)));
    assertEquals(
        List.of(),
        overlay.announcements().take(List.of(new Said("east", "x", example, State.ANNOUNCED))));
    assertEquals(1, overlay.service().network().orElseThrow().nodes().getFirst().pods().size());
    overlay
        .pods()
        .attached(
            new Pod(
                "own",
                0,
                Path.of("/run/netns/own"),
                "tsn0",
                "v0",
                MacAddress.parse("02:00:00:00:00:07"),
                List.of("10.77.0.7/16", "fd77::7/64"),
                Path.of("/run/x/app.sock")));
    String own = overlay.announcements().own().orElseThrow();
    assertEquals(Set.of(), schema.validate(json.readTree(own)), own);
  }

  @Test
  void shouldRefuseInTheSchemaWhatTheNodeRefuses() throws IOException {
    TestOverlay overlay = new TestOverlay(folder, new MemoryStore());
    overlay.describe(
        "{\"network\":\"pods\",\"vni\":4097,\"tunnel\":\"192.0.2.1\",\"announcements\":true}");
    String example = example("<!-- announcement -->");
    for (String wrong :
        List.of(
            example.replace("\"tunnel\"", "\"tunel\""),
            example.replace("4097", "16777216"),
            example.replace("camera", "a b"),
            example.replace("02:00:5e:10:01:01", "02:00:5e:10:01"),
            example.replace("10.77.0.0/16", "10.77.0.0"))) {
      assertFalse(schema.validate(json.readTree(wrong)).isEmpty(), wrong);
      Said said = new Said("east", "x", wrong, State.ANNOUNCED);
      assertEquals(1, overlay.announcements().take(List.of(said)).size(), wrong);
    }
  }
}
