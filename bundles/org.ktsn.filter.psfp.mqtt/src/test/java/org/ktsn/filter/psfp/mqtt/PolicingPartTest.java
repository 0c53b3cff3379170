package org.ktsn.filter.psfp.mqtt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.ktsn.api.policing.Policing;
import org.ktsn.api.policing.PolicingTables;
import org.ktsn.filter.psfp.PsfpComponent;
import org.ktsn.mqtt.node.NodeLink;
import org.ktsn.mqtt.protocol.Signatures;
import org.ktsn.testkit.MemoryStore;

/** What a node does with messages about policing, without a broker. */
class PolicingPartTest {
  private final MemoryStore store = new MemoryStore();
  private final PolicingChanges changes = new PolicingChanges();
  private final List<PolicingComponent> started = new ArrayList<>();
  private Policing policing = police();
  private FakeLink link = new FakeLink(List.of());
  private PolicingComponent component = start();

  /** What polices comes up with what it kept, as at the start of the daemon. */
  private PsfpComponent police() {
    return new PsfpComponent(() -> 1_000, store);
  }

  private PolicingComponent start() {
    return start(part -> Optional.of(link));
  }

  private PolicingComponent start(NodeLink nodeLink) {
    PolicingComponent made = new PolicingComponent(policing, nodeLink, store, changes);
    made.start();
    started.add(made);
    return made;
  }

  @AfterEach
  void stop() {
    started.forEach(PolicingComponent::stop);
  }

  /** Limits everybody to a rate. */
  private static String document(long bitsPerSecond) {
    return """
        {"stream-filters":{"stream-filter-instance-table":[{
          "stream-filter-instance-id":4,"wildcard":[null],"priority-spec":"wildcard",
          "max-sdu-size":0,"stream-gate-ref":5,"flow-meter-ref":6,"flow-meter-enable":true}]},
         "stream-gates":{"stream-gate-instance-table":[{
          "stream-gate-instance-id":5,"admin-gate-states":"open"}]},
         "flow-meters":{"flow-meter-instance-table":[{
          "flow-meter-instance-id":6,"committed-information-rate":"%d","committed-burst-size":3000,
          "excess-information-rate":"0","excess-burst-size":0,"coupling-flag":"zero",
          "color-mode":"color-blind","drop-on-yellow":true}]}}"""
        .formatted(bitsPerSecond);
  }

  private static String message(String id, long version, String document) {
    return "{\"id\":\"" + id + "\",\"version\":" + version + ",\"policing\":" + document + "}";
  }

  private boolean isInForce(long bitsPerSecond) {
    return policing.asked().contains("\"committed-information-rate\":\"" + bitsPerSecond + "\"");
  }

  private static List<String> problems(JsonObject answer) {
    return answer.getAsJsonArray("problems").asList().stream()
        .map(JsonElement::getAsJsonObject)
        .map(one -> one.get("pointer").getAsString() + ": " + one.get("message").getAsString())
        .sorted()
        .toList();
  }

  @Test
  void shouldBringADocumentIntoForceAndReportIt() {
    link.arrive(message("p1", 1, document(1_000_000)));
    JsonObject answer = link.answer("operational", "p1");
    assertTrue(isInForce(1_000_000), policing.asked());
    assertEquals("policing", answer.get("part").getAsString());
    assertTrue(answer.has("config-change-time"));
    assertEquals("p1", link.event("operational").get("id").getAsString());
    JsonObject reported = link.reported(json -> json.has("desired"));
    assertEquals("p1", reported.getAsJsonObject("desired").get("id").getAsString());
    assertEquals("operational", reported.getAsJsonObject("desired").get("state").getAsString());
    assertTrue(reported.get("policing").toString().contains("\"1000000\""), reported.toString());
    assertEquals(1, link.counters.get("policing_operational"));
  }

  @Test
  void shouldRefuseWithEveryProblemAndItsPlaceInTheMessage() {
    link.arrive(
        "{\"id\":\"p 1\",\"version\":0,\"plicing\":1,\"policing\":{\"flow-meters\":4,\"x\":1}}");
    assertEquals(
        List.of(
            "/id: is \"p 1\"; give 1 to 64 letters, digits and the characters . _ : - in quotes",
            "/plicing: is not known here; remove it or correct its name",
            "/policing/flow-meters: is 4; give an object",
            "/policing/x: is not known here; remove it or correct its name",
            "/version: is 0; give a whole number from 1 to 9007199254740991"),
        problems(link.answer("refused", "")));
    assertEquals("{}", policing.asked());
    assertTrue(link.reported(json -> json.has("last-answer")).toString().contains("refused"));
  }

  @Test
  void shouldKeepWhatIsInForceWhateverElseArrives() {
    link.arrive(message("good", 5, document(1_000_000)));
    link.answer("operational", "good");
    String long_ = message("p1", 6, "{\"x\":\"" + "y".repeat(FakeLink.LIMIT) + "\"}");
    for (String wrong :
        List.of(
            "{",
            "[]",
            "7",
            "nonsense",
            message("p1", 6, "[]"),
            message("p1", 6, "\"{}\""),
            message("p1", 6, "null"),
            message("p1", 6, "{\"flow-meters\":{},\"flow-meters\":{}}"),
            message("p1", 6, "[".repeat(3_000)),
            message("p1", 6, document(-1)),
            message("p1", 6, document(1).replace("\"flow-meter-ref\":6", "\"flow-meter-ref\":7")),
            message("p1", 6, "{}").replace("}}", "},\"policing\":{}}"),
            message("p1", 6, "{}").replace("\"policing\"", "\"schedule\""),
            "{\"id\":\"p1\",\"version\":6}",
            long_)) {
      link.forget();
      link.arrive(wrong);
      JsonObject refused = link.event("refused");
      assertFalse(refused.getAsJsonArray("problems").isEmpty(), wrong);
      assertTrue(isInForce(1_000_000), wrong);
    }
    link.forget();
    link.arrive(new byte[] {'{', (byte) 0xff, '}'});
    assertEquals(List.of(": is not UTF-8; give JSON in UTF-8"), problems(link.event("refused")));
    link.arrive("");
    assertEquals(1, link.counters.get("policing_ignored_empty"));
    assertTrue(isInForce(1_000_000));
  }

  @Test
  void shouldRefuseOlderVersionsAndTakeRedeliveryForNoChange() {
    link.arrive(message("p5", 5, document(5_000_000)));
    link.answer("operational", "p5");
    link.arrive(message("p4", 4, document(4_000_000)));
    assertEquals(
        List.of("/version: is 4; the node has version 5 (id p5): give a higher one"),
        problems(link.answer("refused", "p4")));
    link.arrive(message("p6", 5, document(4_000_000)));
    link.answer("refused", "p6");
    link.arrive(message("p5", 5, document(4_000_000)));
    assertEquals(
        List.of("/id: is that of another message (version 5); give each its own id"),
        problems(link.answer("refused", "p5")));
    link.forget();
    link.arrive(message("p5", 5, document(5_000_000)));
    link.answer("operational", "p5");
    assertEquals(1, link.counters.get("policing_duplicates"));
    assertEquals(1, link.counters.get("policing_operational"));
    assertTrue(isInForce(5_000_000));
  }

  @Test
  void shouldRefuseWhatIsForAnotherNode() {
    String elsewhere =
        message("p1", 1, document(1_000_000)).replaceFirst("\\{", "{\"node\":\"lab/n2\",");
    link.arrive(elsewhere);
    assertEquals(
        List.of("/node: is another node; this one is lab/n1"),
        problems(link.answer("refused", "p1")));
    assertEquals("{}", policing.asked());
    link.arrive(elsewhere.replace("lab/n2", "lab/n1"));
    link.answer("operational", "p1");
  }

  @Test
  void shouldTakeSignedMessagesOnlyWhereTheNodeWantsSignatures() throws NoSuchAlgorithmException {
    KeyPair own = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    KeyPair other = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    component.stop();
    link = new FakeLink(List.of(own.getPublic()));
    component = start();
    String plain = message("p1", 1, document(1_000_000));
    String named = plain.replaceFirst("\\{", "{\"node\":\"lab/n1\",");
    for (String wrong :
        List.of(
            named,
            Signatures.sign(named, other.getPrivate()),
            Signatures.sign(plain, own.getPrivate()))) {
      link.forget();
      link.arrive(wrong);
      assertFalse(link.event("refused").getAsJsonArray("problems").isEmpty());
      assertEquals("{}", policing.asked());
    }
    link.arrive(Signatures.sign(named, own.getPrivate()));
    link.answer("operational", "p1");
    assertTrue(isInForce(1_000_000));
  }

  @Test
  void shouldKnowItsMessageAfterARestartOfTheBundle() {
    link.arrive(message("p5", 5, document(5_000_000)));
    link.answer("operational", "p5");
    component.stop();
    assertFalse(link.isJoined());
    assertTrue(isInForce(5_000_000));
    restartedLink();
  }

  @Test
  void shouldHaveTheLastGoodDocumentInForceAfterARestartOfTheDaemon() {
    link.arrive(message("p5", 5, document(5_000_000)));
    link.answer("operational", "p5");
    component.stop();
    policing = police();
    assertTrue(isInForce(5_000_000));
    restartedLink();
  }

  /** The retained message comes again, an older one, and a newer one. */
  private void restartedLink() {
    link = new FakeLink(List.of());
    component = start();
    link.part().connected();
    JsonObject reported = link.reported(json -> json.has("desired"));
    assertEquals("operational", reported.getAsJsonObject("desired").get("state").getAsString());
    link.arrive(message("p5", 5, document(5_000_000)));
    link.answer("operational", "p5");
    assertEquals(0, link.counters.get("policing_operational"));
    link.arrive(message("p4", 4, document(4_000_000)));
    link.answer("refused", "p4");
    link.arrive(message("p6", 6, document(6_000_000)));
    link.answer("operational", "p6");
    assertTrue(isInForce(6_000_000));
  }

  @Test
  void shouldNotCountTheMessagesOfANodeOfAnotherName() {
    link.arrive(message("p5", 5, document(5_000_000)));
    link.answer("operational", "p5");
    component.stop();
    store
        .documents()
        .computeIfPresent(PolicingPart.DOCUMENT, (name, text) -> text.replace("lab/n1", "lab/n0"));
    link = new FakeLink(List.of());
    component = start();
    link.arrive(message("p1", 1, document(1_000_000)));
    link.answer("operational", "p1");
    assertTrue(isInForce(1_000_000));
  }

  @Test
  void shouldSayThatSomebodyAtTheNodeAskedForSomethingElse() {
    link.arrive(message("p1", 1, document(1_000_000)));
    link.answer("operational", "p1");
    String ours = policing.asked();
    askAtTheNode(document(2_000_000));
    link.answer("superseded", "p1");
    link.reported(
        json ->
            json.getAsJsonObject("desired").get("state").getAsString().equals("superseded")
                && json.get("policing").toString().contains("\"2000000\""));
    link.forget();
    link.arrive(message("p1", 1, document(1_000_000)));
    link.answer("superseded", "p1");
    assertTrue(isInForce(2_000_000));
    link.forget();
    askAtTheNode(ours);
    link.answer("operational", "p1");
    askAtTheNode(document(2_000_000));
    link.arrive(message("p2", 2, document(3_000_000)));
    link.answer("operational", "p2");
    assertTrue(isInForce(3_000_000));
  }

  /** As the shell does; the observers are told of it. */
  private void askAtTheNode(String document) {
    PolicingTables tables = policing.ask(document, "");
    assertEquals(1, tables.meters());
    changes.changed();
  }

  @Test
  void shouldEndABurstWithTheNewestGoodOne() {
    int messages = 200;
    for (int i = 1; i <= messages; i++) {
      link.arrive(message("p" + i, i, i % 7 == 0 ? "{\"x\":1}" : document(i)));
      link.arrive(message("q" + i, Math.max(1, i - 5), document(i)));
    }
    link.answer("operational", "p" + messages);
    assertTrue(isInForce(messages));
    assertEquals(
        messages - messages / 7,
        link.counters.get("policing_operational") + link.counters.get("policing_superseded"));
  }

  @Test
  void shouldRefuseWhatCantBeBroughtAboutAndTakeTheNext() {
    component.stop();
    Policing failing = new FailingOnce(policing);
    link = new FakeLink(List.of());
    PolicingComponent other =
        new PolicingComponent(failing, part -> Optional.of(link), store, changes);
    other.start();
    started.add(other);
    link.arrive(message("p1", 1, document(1_000_000)));
    assertEquals(
        List.of(": can't be brought about: not now"), problems(link.answer("refused", "p1")));
    link.arrive(message("p1", 1, document(1_000_000)));
    link.answer("operational", "p1");
  }

  @Test
  void shouldPoliceAlsoWhatItHasNoRoomToKeep() {
    store.fill();
    link.arrive(message("p1", 1, document(1_000_000)));
    link.answer("operational", "p1");
    assertTrue(isInForce(1_000_000));
    assertEquals(1, link.counters.get("policing_not_kept"));
  }

  @Test
  void shouldAnswerQuestionsAndChangeNothing() {
    JsonObject valid = link.part().judge(message("q1", 1, document(1_000_000)));
    assertEquals("valid", valid.get("answer").getAsString());
    JsonObject refused = link.part().judge(message("q1", 1, "{\"x\":1}"));
    assertEquals("refused", refused.get("answer").getAsString());
    assertEquals("{}", policing.asked());
    assertTrue(link.part().report().has("policing"));
  }

  @Test
  void shouldLeaveALongDocumentOutOfTheReport() {
    StringBuilder streams = new StringBuilder();
    for (int i = 0; i < 1_000; i++) {
      streams
          .append(i == 0 ? "" : ",")
          .append("{\"index\":")
          .append(i)
          .append(",\"handle\":1,\"ktsn-psfp:pod\":\"talker\"}");
    }
    assertEquals(1_000, policing.ask("{\"stream-identity\":[" + streams + "]}", "").streams());
    JsonObject report = link.part().report();
    assertFalse(report.has("policing"));
    assertTrue(report.get("policing-left-out-octets").getAsInt() > FakeLink.LIMIT);
  }

  @Test
  void shouldHaveNothingToDoWithoutABroker() {
    component.stop();
    PolicingComponent off = start(part -> Optional.empty());
    changes.changed();
    off.stop();
    assertEquals("{}", policing.asked());
  }

  @Test
  void shouldLeaveWhatIsInForceUntouchedByMutatedMessages() {
    String standing = message("standing", (1L << 53) - 1, document(1_000_000));
    link.arrive(standing);
    link.answer("operational", "standing");
    String asked = policing.asked();
    Random random = new Random(20_261_130);
    for (int i = 0; i < 10_000; i++) {
      byte[] octets = standing.getBytes(StandardCharsets.UTF_8);
      for (int k = 1 + random.nextInt(4); k > 0; k--) {
        octets[random.nextInt(octets.length)] = (byte) random.nextInt(256);
      }
      link.arrive(octets);
    }
    assertEquals(asked, policing.asked());
    assertEquals(
        10_000, link.counters.get("policing_refused") + link.counters.get("policing_duplicates"));
  }

  /** Can't bring the first document about. */
  private static final class FailingOnce implements Policing {
    private final Policing policing;
    private boolean failed;

    FailingOnce(Policing policing) {
      this.policing = policing;
    }

    @Override
    public PolicingTables check(String text) {
      return policing.check(text);
    }

    @Override
    public PolicingTables ask(String text, String origin) {
      if (!failed) {
        failed = true;
        throw new IllegalStateException("not now");
      }
      return policing.ask(text, origin);
    }

    @Override
    public void withdraw(String origin) {
      policing.withdraw(origin);
    }

    @Override
    public String asked() {
      return policing.asked();
    }

    @Override
    public String document() {
      return policing.document();
    }
  }
}
