package org.ktsn.schedule.mqtt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SpecVersion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.stack.AddressFamily;
import org.ktsn.api.stats.DataplaneMonitor;
import org.ktsn.api.stats.DataplaneStatus;
import org.ktsn.api.stats.FlowStatus;
import org.ktsn.mqtt.protocol.Answer;
import org.ktsn.mqtt.protocol.DesiredMessage;
import org.ktsn.mqtt.protocol.DesiredReader;
import org.ktsn.mqtt.protocol.NodeFacts;
import org.ktsn.mqtt.protocol.Reading;
import org.ktsn.mqtt.protocol.Request;
import org.ktsn.mqtt.protocol.Topics;
import org.ktsn.mqtt.session.Broker;
import org.ktsn.mqtt.session.Credentials;
import org.ktsn.mqtt.session.Inbound;
import org.ktsn.mqtt.session.Outbound.Delivery;
import org.ktsn.mqtt.session.Session;
import org.ktsn.mqtt.session.SessionCounters;
import org.ktsn.mqtt.session.SessionListener;
import org.ktsn.mqtt.session.TlsFiles;
import org.ktsn.schedule.YangScheduleCodec;
import org.ktsn.schedule.mqtt.node.NodeAgent;
import org.ktsn.schedule.mqtt.node.NodeSettings;
import org.ktsn.testkit.MemoryStore;

/** What docs/mqtt-asyncapi.yaml and docs/mqtt.md say is what travels. */
class DocumentedMessagesSystemTest {
  private static final Path DOCS = Path.of(System.getProperty("ktsn.root"), "docs");
  private static final String POLICING = "policing";
  private static final String LOCATION = "urn:ktsn:asyncapi";

  private static final Pod POD =
      new Pod(
          "talker",
          1,
          Path.of("/run/netns/ktsn-talker"),
          "tsn0",
          "v1-ktsn",
          new MacAddress(0x02_00_00_00_00_01L),
          List.of("10.0.0.1/16"),
          Path.of("/run/ktsn/pods/talker/app.sock"),
          Map.of("container", "4f1d", "pod", "talker", "namespace", "plant"));

  @TempDir private Path folder;
  private final Topics topics = TestNode.topics("n1");
  private final ObjectMapper json = new ObjectMapper();
  private final JsonNode document = read();
  private final JsonSchemaFactory schemas =
      JsonSchemaFactory.getInstance(
          SpecVersion.VersionFlag.V7,
          builder ->
              builder.schemaLoaders(
                  loaders -> loaders.schemas(Map.of(LOCATION, document.toString()))));

  private static JsonNode read() {
    try {
      return new ObjectMapper(new YAMLFactory())
          .readTree(Files.readString(DOCS.resolve("mqtt-asyncapi.yaml")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private JsonSchema schema(String name) {
    return schemas.getSchema(SchemaLocation.of(LOCATION + "#/components/schemas/" + name));
  }

  private void assertFits(String schema, String message) throws IOException {
    assertEquals(Set.of(), schema(schema).validate(json.readTree(message)), message);
  }

  @Test
  void shouldNameTheTopicsThatTheCodeUses() {
    Set<String> documented = new TreeSet<>();
    document
        .get("channels")
        .forEach(
            channel ->
                documented.add(
                    channel
                        .get("address")
                        .asText()
                        .replace("{network}", "lab")
                        .replace("{node}", "n1")));
    assertEquals(
        new TreeSet<>(
            List.of(
                topics.status(),
                topics.desired(),
                topics.reported(),
                topics.request(),
                topics.desired(POLICING),
                topics.reported(POLICING),
                topics.request(POLICING),
                topics.overlay(),
                topics.response(),
                topics.event(),
                topics.flows(),
                topics.statistics())),
        documented);
  }

  /** Hears everything. */
  private static final class Listener implements SessionListener {
    private final List<Inbound> heard = new CopyOnWriteArrayList<>();

    @Override
    public List<String> subscriptions() {
      return List.of("ktsn/v1/#");
    }

    @Override
    public void connected(Broker broker) {
      // nothing to do
    }

    @Override
    public void disconnected(Broker broker, String reason, boolean wasConnected) {
      // the test fails by itself
    }

    @Override
    public void arrived(Inbound message) {
      heard.add(message);
    }
  }

  @Test
  void shouldSendWhatTheSchemasSay() throws IOException {
    Listener listener = new Listener();
    try (Mosquitto broker = Mosquitto.open(folder);
        Session session =
            new Session(
                TestNode.session("spy", broker.address(), Credentials.NONE, TlsFiles.NONE),
                listener,
                new SessionCounters())) {
      session.start();
      Eventually.await("the spy listens", session::isConnected);
      try (NodeAgent node = node(broker.address());
          TestController controller = TestController.connect(broker.address())) {
        Eventually.await("the node is there", () -> node.session().isConnected());
        String base = "base=" + (FakePort.machineTimeNs() / 1_000 + 200_000) + "us ";
        controller.push("n1", TestController.desired("s1", 1, base + "A 1ms 0-7"));
        controller.answer(Answer.Kind.OPERATIONAL, "s1");
        controller.push("n1", example("desired"));
        controller.answer(Answer.Kind.OPERATIONAL, "shift-2-line-a");
        controller.push("n1", TestController.desired("old", 1, "A 1ms 0-7"));
        controller.answer(Answer.Kind.REFUSED, "old");
        controller.publish(
            topics.request(), Request.get().toString(), Delivery.MESSAGE, topics.response(), "g");
        JsonObject desired = JsonParser.parseString(example("desired")).getAsJsonObject();
        controller.publish(
            topics.request(),
            Request.validate(desired).toString(),
            Delivery.MESSAGE,
            topics.response(),
            "v");
        for (String topic :
            List.of(
                topics.status(),
                topics.reported(),
                topics.event(),
                topics.flows(),
                topics.statistics(),
                topics.response(),
                topics.request(),
                topics.desired())) {
          Eventually.await(topic, () -> heard(listener, topic) > 0);
        }
        controller.answer(Answer.Kind.VALID, "shift-2-line-a");
      }
      Eventually.await("it is offline", () -> heard(listener, topics.status()) == 2);
      for (Inbound message : listener.heard) {
        String text = new String(message.payload(), StandardCharsets.UTF_8);
        String kind = message.topic().split("/", -1)[4];
        boolean answer = JsonParser.parseString(text).getAsJsonObject().has("answer");
        assertFits(kind.equals("response") ? (answer ? "answer" : "reported") : kind, text);
      }
    }
  }

  private static long heard(Listener listener, String topic) {
    return listener.heard.stream().filter(message -> message.topic().equals(topic)).count();
  }

  private static NodeAgent node(String address) {
    NodeAgent agent =
        new NodeAgent(
            new NodeSettings(
                TestNode.topics("n1"),
                TestNode.session("n1", address, Credentials.NONE, TlsFiles.NONE),
                TestNode.PAYLOAD_LIMIT,
                List.of(),
                0,
                1),
            new NodeAgent.Parts(
                new FakePort(FakePort::machineTimeNs),
                new YangScheduleCodec(),
                settings -> {},
                new MemoryStore(),
                FakePort::machineTimeNs,
                () -> Optional.of(monitor()),
                () -> List.of(POD),
                () -> NodeFacts.ofClasses(8)));
    agent.start();
    return agent;
  }

  private static DataplaneMonitor monitor() {
    DataplaneStatus status = sample(DataplaneStatus.class);
    return (DataplaneMonitor)
        Proxy.newProxyInstance(
            DataplaneMonitor.class.getClassLoader(),
            new Class<?>[] {DataplaneMonitor.class},
            (self, method, arguments) ->
                switch (method.getName()) {
                  case "status" -> status;
                  case "pods" ->
                      List.of(
                          new DataplaneMonitor.PodStatus(1, 2, 3, 4, 5, 6, Map.of("missed", 4L)));
                  case "flows" ->
                      List.of(
                          flow(Optional.of(new FlowStatus.Flow("10.0.0.1", 1, "10.0.0.2", 2, 7))),
                          flow(
                              Optional.of(
                                  new FlowStatus.Flow(
                                      AddressFamily.INET6, "fd00::1", 1, "fd00::2", 2, 7))),
                          flow(
                              Optional.of(
                                  new FlowStatus.Flow(
                                      AddressFamily.PACKET,
                                      "02:00:00:00:00:01",
                                      0,
                                      "01:80:c2:00:00:0e",
                                      0,
                                      7))),
                          flow(Optional.empty()));
                  default -> throw new AssertionError(method);
                });
  }

  private static FlowStatus flow(Optional<FlowStatus.Flow> who) {
    return new FlowStatus(
        1,
        who,
        3,
        who.isPresent() ? OptionalInt.of(7) : OptionalInt.empty(),
        9,
        8,
        7,
        Map.of("late_on_arrival", 1L),
        512,
        1_000.4,
        672_000.2,
        FakePort.machineTimeNs(),
        FakePort.machineTimeNs(),
        FakePort.machineTimeNs(),
        new FlowStatus.Range(-5, 20, 90),
        FlowStatus.Range.NONE,
        sample(DataplaneStatus.Quantiles.class));
  }

  /** Makes a record with some value in each component, whichever it has. */
  private static <T> T sample(Class<T> type) {
    RecordComponent[] components = type.getRecordComponents();
    Class<?>[] types =
        Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
    try {
      return type.getDeclaredConstructor(types)
          .newInstance(Arrays.stream(types).map(one -> value(one)).toArray());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Object value(Class<?> type) {
    if (type == String.class) {
      return "x";
    }
    if (type == List.class) {
      return List.of(0, 0, 0, 0, 0, 0, 0, 0);
    }
    if (type == Map.class) {
      return Map.of("MISSED", 1L);
    }
    if (type.isPrimitive()) {
      return primitive(type);
    }
    return type.isEnum() ? type.getEnumConstants()[0] : sample(type);
  }

  private static Object primitive(Class<?> type) {
    return switch (type.getName()) {
      case "long" -> (Object) 1L;
      case "boolean" -> (Object) true;
      case "double" -> (Object) 1.0;
      default -> (Object) 1;
    };
  }

  @Test
  void shouldRefuseInTheSchemaWhatTheNodeRefuses() throws IOException {
    String good = example("desired");
    assertFits("desired", good);
    for (String wrong :
        List.of(
            good.replace("\"version\"", "\"vresion\""),
            good.replaceFirst("\"id\": \"[^\"]*\"", "\"id\": \"a b\""),
            good.replaceFirst(
                "\"rate-bits-per-second\": \"(\\d+)\"", "\"rate-bits-per-second\": $1"))) {
      assertFalse(schema("desired").validate(json.readTree(wrong)).isEmpty(), wrong);
      assertTrue(
          new DesiredReader(new YangScheduleCodec())
              .read(wrong, NodeFacts.ofClasses(8))
              .message()
              .isEmpty(),
          wrong);
    }
  }

  @Test
  void shouldShowExamplesThatFit() throws IOException {
    for (String kind :
        List.of("desired", "desired-policing", "answer", "request", "status", "flows")) {
      assertFits(kind, example(kind));
    }
    Reading<DesiredMessage> read =
        new DesiredReader(new YangScheduleCodec()).read(example("desired"), NodeFacts.ofClasses(8));
    assertEquals(List.of(), read.problems());
  }

  /** An example of docs/mqtt.md: the block of JSON behind a comment with its kind. */
  private static String example(String kind) throws IOException {
    return Pattern.compile("<!-- " + kind + " -->\n```json\n(.*?)```", Pattern.DOTALL)
        .matcher(Files.readString(DOCS.resolve("mqtt.md")))
        .results()
        .findFirst()
        .orElseThrow()
        .group(1);
  }
}
