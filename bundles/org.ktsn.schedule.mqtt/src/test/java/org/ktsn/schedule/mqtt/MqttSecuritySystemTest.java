package org.ktsn.schedule.mqtt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ktsn.mqtt.protocol.Answer;
import org.ktsn.mqtt.protocol.PemFile;
import org.ktsn.mqtt.protocol.Signatures;
import org.ktsn.mqtt.session.Credentials;
import org.ktsn.mqtt.session.Outbound.Delivery;
import org.ktsn.mqtt.session.TlsFiles;
import org.ktsn.testkit.MemoryStore;

/** TLS, passwords, access rights and signatures, with a real broker. */
class MqttSecuritySystemTest {
  private static final String SCHEDULE = "A 500us 7; B 500us 0-6";

  @TempDir private Path folder;
  private Certificates certificates;
  private final List<AutoCloseable> open = new ArrayList<>();

  @BeforeEach
  void certify() {
    certificates =
        new Certificates(folder)
            .sign("broker", "localhost")
            .sign("n1", "n1")
            .sign("controller", "controller");
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : open.reversed()) {
      one.close();
    }
  }

  private Mosquitto broker(List<String> tls, String... more) {
    List<String> lines = new ArrayList<>(tls);
    lines.addAll(List.of(more));
    Mosquitto broker = Mosquitto.start(folder, lines);
    open.add(broker);
    return broker;
  }

  private TestNode node(String name, String address, Credentials credentials, TlsFiles tls) {
    TestNode node =
        TestNode.start(name, TestNode.session(name, address, credentials, tls), new MemoryStore());
    open.add(node);
    return node;
  }

  private TestController controller(String address, Credentials credentials, TlsFiles tls) {
    TestController controller =
        TestController.connect(TestNode.session("controller", address, credentials, tls));
    open.add(controller);
    return controller;
  }

  private static void awaitProblem(TestNode node, String words) {
    Eventually.await(
        () -> "the problem is '" + words + "', not '" + node.agent().session().problem() + "'",
        20,
        () -> node.agent().session().problem().contains(words));
    assertFalse(node.isConnected());
  }

  @Test
  void shouldTakeSchedulesOverTls() {
    Mosquitto broker = broker(certificates.listener("broker"), "allow_anonymous true");
    TestNode node = node("n1", broker.tlsAddress(), Credentials.NONE, certificates.trust());
    TestController controller =
        controller(broker.tlsAddress(), Credentials.NONE, certificates.trust());
    node.awaitConnected();
    controller.push("n1", TestController.desired("s1", 1, SCHEDULE));
    controller.answer(Answer.Kind.OPERATIONAL, "s1");
  }

  @Test
  void shouldRefuseABrokerThatItCantTrust() {
    Mosquitto broker = broker(certificates.listener("broker"), "allow_anonymous true");
    // its certificate is for localhost, not for the address
    awaitProblem(
        node("n1", "mqtts://127.0.0.1:" + broker.port(), Credentials.NONE, certificates.trust()),
        "certificate is not accepted");
    awaitProblem(
        node("n2", broker.tlsAddress(), Credentials.NONE, TlsFiles.NONE),
        "certificate is not accepted");
  }

  @Test
  void shouldSayThatTheBrokersCertificateHasExpired() {
    certificates.signExpired("old", "localhost");
    Mosquitto broker = broker(certificates.listener("old"), "allow_anonymous true");
    awaitProblem(
        node("n1", broker.tlsAddress(), Credentials.NONE, certificates.trust()),
        "the broker's certificate has expired");
  }

  @Test
  void shouldSayWhoseCertificateIsNotValidYet() {
    certificates.signForTomorrow("early", "localhost");
    Mosquitto early = broker(certificates.listener("early"), "allow_anonymous true");
    awaitProblem(
        node("n1", early.tlsAddress(), Credentials.NONE, certificates.trust()),
        "the broker's certificate is not valid yet");
    certificates.signForTomorrow("own", "n2");
    Mosquitto broker = broker(certificates.listener("broker"), "require_certificate true");
    awaitProblem(
        node("n2", broker.tlsAddress(), Credentials.NONE, certificates.client("own")),
        "own.pem is not valid before");
  }

  @Test
  void shouldNeedTheCertificateThatTheBrokerAsksForAndTakeUpARenewedOne() throws IOException {
    Mosquitto broker =
        broker(
            certificates.listener("broker"),
            "require_certificate true",
            "use_identity_as_username true");
    TestNode without = node("n2", broker.tlsAddress(), Credentials.NONE, certificates.trust());
    certificates.signExpired("expired", "n1");
    Path own = folder.resolve("own.pem");
    Path key = folder.resolve("own.key");
    Files.copy(folder.resolve("expired.pem"), own);
    Files.copy(folder.resolve("expired.key"), key);
    TestNode node =
        node(
            "n1",
            broker.tlsAddress(),
            Credentials.NONE,
            new TlsFiles(
                Optional.of(folder.resolve("ca.pem")), Optional.of(own), Optional.of(key)));
    awaitProblem(node, "has expired");
    Eventually.await("who has none is refused", () -> without.count("connect_failed") > 0);
    assertFalse(without.isConnected());

    Files.copy(folder.resolve("n1.pem"), own, StandardCopyOption.REPLACE_EXISTING);
    Files.copy(folder.resolve("n1.key"), key, StandardCopyOption.REPLACE_EXISTING);
    node.awaitConnected();
  }

  @Test
  void shouldKeepTheScheduleWhenItsCredentialsAreRevokedAndComeBackWithNewOnes()
      throws IOException {
    Path passwords = folder.resolve("passwords");
    password("-c", passwords, "n1", "first");
    password("-b", passwords, "controller", "c");
    Path secret = Files.writeString(folder.resolve("secret"), "first\n");
    Mosquitto broker = broker(List.of(), "allow_anonymous false", "password_file " + passwords);
    TestNode node =
        node("n1", broker.address(), new Credentials("n1", Optional.of(secret)), TlsFiles.NONE);
    Path own = Files.writeString(folder.resolve("controller.secret"), "c");
    TestController controller =
        controller(
            broker.address(), new Credentials("controller", Optional.of(own)), TlsFiles.NONE);
    node.awaitConnected();
    controller.push("n1", TestController.desired("s1", 1, SCHEDULE));
    controller.answer(Answer.Kind.OPERATIONAL, "s1");
    var before = node.port().current();

    password("-b", passwords, "n1", "second");
    broker.stop();
    broker.start();
    awaitProblem(node, "authorise");
    assertEquals(before, node.port().current());

    Files.writeString(secret, "second\n");
    node.awaitConnected();
    assertEquals(before, node.port().current());
  }

  private void password(String how, Path passwords, String user, String password)
      throws IOException {
    if (how.equals("-c")) {
      Files.deleteIfExists(passwords);
      Files.createFile(passwords);
    }
    Certificates.run(folder, "mosquitto_passwd", "-b", passwords.toString(), user, password);
  }

  @Test
  void shouldConfineNodesAndControllersByTheDocumentedConfiguration() throws IOException {
    Path documented = Path.of(System.getProperty("ktsn.root"), "docs/mosquitto");
    List<String> lines =
        Files.readAllLines(documented.resolve("mosquitto.conf")).stream()
            .filter(line -> !line.matches("(per_listener|persistence|listener|set_tcp|max_q).*"))
            .map(line -> line.replace("/etc/mosquitto/certs", folder.toString()))
            .map(line -> line.replace("/etc/mosquitto/acl", documented.resolve("acl").toString()))
            .toList();
    Mosquitto broker = broker(lines);
    certificates.sign("n2", "n2");
    TestNode n1 =
        node("n1", broker.tlsAddress(), Credentials.NONE, certificates.client("n1"))
            .awaitConnected();
    TestNode n2 =
        node("n2", broker.tlsAddress(), Credentials.NONE, certificates.client("n2"))
            .awaitConnected();
    TestController controller =
        controller(broker.tlsAddress(), Credentials.NONE, certificates.client("controller"));
    controller.push("n1", TestController.desired("s1", 1, SCHEDULE));
    controller.answer(Answer.Kind.OPERATIONAL, "s1");

    // a controller with a node's certificate can neither forge for another node nor for its own
    TestController thief =
        TestController.connect(
            TestNode.session(
                "thief", broker.tlsAddress(), Credentials.NONE, certificates.client("n2")));
    open.add(thief);
    for (String target : List.of("n1", "n2")) {
      thief.push(target, TestController.desired("forged", 9, "A 1ms 0-7"));
      thief.publish(TestNode.topics(target).request(), "{}", Delivery.MESSAGE, "x", "forged");
    }
    thief.publish(TestNode.topics("n1").status(), "{}", Delivery.STATE, "x", "forged");
    thief.publish(TestNode.topics("n1").reported(), "{}", Delivery.STATE, "x", "forged");
    Eventually.await("all is refused", () -> thief.refusedByBroker() == 6);
    // the controller can say what it wants, and nothing else
    controller.publish(TestNode.topics("n1").status(), "{}", Delivery.STATE, "x", "forged");
    controller.publish(TestNode.topics("n1").reported(), "{}", Delivery.STATE, "x", "forged");
    controller.publish("ktsn/v1/other/n1/desired", "{}", Delivery.STATE, "x", "forged");
    Eventually.await("that too", () -> controller.refusedByBroker() == 3);

    controller.push("n2", TestController.desired("s2", 1, SCHEDULE));
    controller.answer(Answer.Kind.OPERATIONAL, "s2");
    assertEquals(1, n1.port().changes().size());
    assertEquals(1, n2.port().changes().size());
    assertEquals(0, n1.count("publish_refused"));
    assertTrue(thief.answers().isEmpty());
  }

  @Test
  void shouldTakeOnlySignedSchedulesIfItHasKeys() {
    for (String name : List.of("good", "bad")) {
      certificates.openssl("genpkey", "-algorithm", "ed25519", "-out", name + ".sign");
    }
    certificates.openssl("pkey", "-in", "good.sign", "-pubout", "-out", "good.pub");
    Mosquitto broker = broker(List.of(), "allow_anonymous true");
    TestNode node =
        TestNode.start(
            "n1",
            TestNode.session("n1", broker.address(), Credentials.NONE, TlsFiles.NONE),
            new MemoryStore(),
            PemFile.read(folder.resolve("good.pub")).ed25519PublicKeys());
    open.add(node.awaitConnected());
    TestController controller = controller(broker.address(), Credentials.NONE, TlsFiles.NONE);

    controller.push("n1", TestController.desired("plain", 1, SCHEDULE));
    refused(controller, 1, "is not signed");
    controller.push("n1", signed("bad", addressed("forged", 2, "lab/n1")));
    refused(controller, 2, "has a signature of none of the node's keys");
    controller.push("n1", signed("good", addressed("copied", 3, "lab/n2")));
    refused(controller, 3, "/node: is another node; this one is lab/n1");
    controller.push("n1", signed("good", TestController.desired("anyone", 4, SCHEDULE)));
    refused(controller, 4, "/node: is missing");
    String none = "eyJhbGciOiJub25lIn0." + signed("good", "{}").split("\\.", -1)[1] + ".";
    controller.push("n1", none);
    refused(controller, 5, "has a signature of none of the node's keys");

    String first = signed("good", addressed("s1", 5, "lab/n1"));
    controller.push("n1", first);
    controller.answer(Answer.Kind.OPERATIONAL, "s1");
    controller.push("n1", signed("good", addressed("s2", 6, "lab/n1")));
    controller.answer(Answer.Kind.OPERATIONAL, "s2");
    controller.push("n1", first); // a broker replays what was good once
    refused(controller, 6, "/version: is 5; the node has version 6");
    assertEquals(1, node.port().changes().size());
  }

  private static String addressed(String id, long version, String node) {
    return TestController.desired(id, version, SCHEDULE)
        .replace("\"id\"", "\"node\":\"" + node + "\",\"id\"");
  }

  private String signed(String key, String message) {
    return Signatures.sign(message, PemFile.read(folder.resolve(key + ".sign")).privateKey());
  }

  private static void refused(TestController controller, int count, String words) {
    Eventually.await(
        "refusal " + count, () -> controller.answers(Answer.Kind.REFUSED).size() == count);
    String problem =
        controller.answers(Answer.Kind.REFUSED).getLast().problems().getFirst().toString();
    assertTrue(problem.contains(words), problem);
  }
}
