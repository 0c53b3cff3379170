package org.ktsn.filter.psfp.mqtt;

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
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.ktsn.filter.psfp.PsfpComponent;
import org.ktsn.testkit.MemoryStore;

/** What docs/mqtt-asyncapi.yaml and docs/mqtt.md say of policing is what travels. */
class DocumentedPolicingTest {
  private static final Path DOCS = Path.of(System.getProperty("ktsn.root"), "docs");
  private static final String LOCATION = "urn:ktsn:asyncapi";

  private final MemoryStore store = new MemoryStore();
  private final FakeLink link = new FakeLink(List.of());
  private final PolicingComponent component =
      new PolicingComponent(
          new PsfpComponent(() -> 1_000, store),
          part -> Optional.of(link),
          store,
          new PolicingChanges());
  private final ObjectMapper json = new ObjectMapper();

  @BeforeEach
  void start() {
    component.start();
  }

  @AfterEach
  void stop() {
    component.stop();
  }

  private static JsonSchema schema(String name) throws IOException {
    JsonNode document =
        new ObjectMapper(new YAMLFactory())
            .readTree(Files.readString(DOCS.resolve("mqtt-asyncapi.yaml")));
    return JsonSchemaFactory.getInstance(
            SpecVersion.VersionFlag.V7,
            builder ->
                builder.schemaLoaders(
                    loaders -> loaders.schemas(Map.of(LOCATION, document.toString()))))
        .getSchema(SchemaLocation.of(LOCATION + "#/components/schemas/" + name));
  }

  private void assertFits(String schema, Object message) throws IOException {
    String text = message.toString();
    assertEquals(Set.of(), schema(schema).validate(json.readTree(text)), text);
  }

  private static String example() throws IOException {
    return Pattern.compile("<!-- desired-policing -->\n```json\n(.*?)```", Pattern.DOTALL)
        .matcher(Files.readString(DOCS.resolve("mqtt.md")))
        .results()
        .findFirst()
        .orElseThrow()
        .group(1);
  }

  @Test
  void shouldTakeTheExampleAndSendWhatTheSchemasSay() throws IOException {
    assertFits("desired-policing", example());
    link.arrive(example());
    assertFits("answer", link.answer("operational", "talker-10-mbit"));
    assertFits("event", link.event("operational"));
    link.arrive(example().replace("\"version\": 7", "\"version\": 8"));
    assertFits("answer", link.answer("refused", "talker-10-mbit"));
    assertFits("event", link.event("refused"));
    assertFits("reported-policing", link.reported(report -> report.has("last-answer")));
    assertFits("reported-policing", link.part().report());
    assertFits("answer", link.part().judge(example()));
  }

  @Test
  void shouldRefuseInTheSchemaWhatTheNodeRefuses() throws IOException {
    for (String wrong :
        List.of(
            example().replace("\"version\"", "\"vresion\""),
            example().replace("talker-10-mbit", "a b"),
            example().replace("\"policing\"", "\"schedule\""))) {
      link.forget();
      assertFalse(schema("desired-policing").validate(json.readTree(wrong)).isEmpty(), wrong);
      link.arrive(wrong);
      assertFits("event", link.event("refused"));
    }
  }
}
