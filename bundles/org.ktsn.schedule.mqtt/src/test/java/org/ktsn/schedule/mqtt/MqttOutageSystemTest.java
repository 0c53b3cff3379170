package org.ktsn.schedule.mqtt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.mqtt.protocol.Answer;
import org.ktsn.mqtt.protocol.Topics;
import org.ktsn.mqtt.session.Credentials;
import org.ktsn.mqtt.session.SessionSettings;
import org.ktsn.mqtt.session.TlsFiles;
import org.ktsn.testkit.MemoryStore;

/** Brokers that die, networks that are cut: the node comes back, the schedule stays. */
class MqttOutageSystemTest {
  @TempDir private Path folder;
  private final Topics topics = TestNode.topics("n1");

  @Test
  void shouldBeRightAfterTheBrokerWasKilledAgainAndAgain() {
    int times = Amount.of("KTSN_MQTT_RESTARTS", 20);
    try (Mosquitto broker = Mosquitto.open(folder);
        TestNode node = TestNode.start("n1", broker.address()).awaitConnected();
        TestController controller = TestController.connect(broker.address())) {
      AtomicBoolean stop = new AtomicBoolean();
      Thread load =
          Thread.ofVirtual()
              .start(
                  () -> {
                    for (int i = 1; !stop.get(); i++) {
                      controller.push("n1", schedule(i, i));
                      LockSupport.parkNanos(5_000_000);
                    }
                  });
      for (int i = 1; i <= times; i++) {
        long connections = node.count("connected");
        long changes = node.port().changes().size();
        broker.kill();
        Eventually.await("the loss is seen", () -> !node.isConnected());
        broker.start();
        Eventually.await("it is back", () -> node.count("connected") > connections);
        Eventually.await("schedules come", () -> node.port().changes().size() > changes);
      }
      assertEquals(times, node.count("connection_lost"));
      stop.set(true);
      join(load);
      controller.push("n1", schedule(1_000_000, 7));
      controller.answer(Answer.Kind.OPERATIONAL, "s1000000");
      Eventually.await(
          "status and report are right",
          () ->
              stateIs(controller, topics.status(), "online")
                  && controller
                      .latest(topics.reported())
                      .filter(json -> json.has("desired"))
                      .filter(
                          json ->
                              json.getAsJsonObject("desired")
                                  .get("id")
                                  .getAsString()
                                  .equals("s1000000"))
                      .isPresent());
      long told =
          controller.events().stream()
              .filter(event -> event.get("event").getAsString().equals("broker-lost"))
              .count();
      assertTrue(told <= times, "each loss is told once: " + told);
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String schedule(int version, int number) {
    return TestController.desired(
        "s" + version, version, "A " + (100 + number % 700) + "us 7; B 900us 0-6");
  }

  private static boolean stateIs(TestController controller, String topic, String state) {
    return controller
        .latest(topic)
        .filter(json -> json.get("state").getAsString().equals(state))
        .isPresent();
  }

  @Test
  void shouldKeepTheScheduleWhileTheNetworkIsCutAndSayLaterWhatHappened() {
    int seconds = Amount.of("KTSN_MQTT_CUT_SECONDS", 4);
    try (Mosquitto broker = Mosquitto.open(folder);
        Proxy network = new Proxy(broker.port());
        TestNode node =
            TestNode.start("n1", quick(network.address()), new MemoryStore()).awaitConnected();
        TestController controller = TestController.connect(broker.address())) {
      controller.push("n1", schedule(1, 1));
      controller.answer(Answer.Kind.OPERATIONAL, "s1");
      GateSchedule before = node.port().current();
      network.cut();
      long endNs = System.nanoTime() + seconds * 1_000_000_000L;
      Eventually.await("the silence is noticed", () -> !node.isConnected());
      Eventually.await(
          "the broker tells of it", () -> stateIs(controller, topics.status(), "offline"));
      controller.push("n1", schedule(2, 2)); // waits at the broker
      Eventually.await("the time passes", seconds + 5, () -> System.nanoTime() > endNs);
      assertEquals(before, node.port().current());
      network.mend();
      controller.answer(Answer.Kind.OPERATIONAL, "s2");
      assertEquals(1, node.count("connection_lost"));
      Eventually.await(
          "the loss is told, once",
          () ->
              controller.events().stream()
                      .filter(event -> event.get("event").getAsString().equals("broker-lost"))
                      .count()
                  == 1);
    }
  }

  /** Notices silence within two seconds. */
  private static SessionSettings quick(String address) {
    SessionSettings usual = TestNode.session("n1", address, Credentials.NONE, TlsFiles.NONE);
    return new SessionSettings(
        usual.brokers(),
        usual.clientId(),
        usual.credentials(),
        usual.tls(),
        1,
        1,
        usual.sessionExpiryS(),
        20,
        200,
        usual.maximumPacketOctets(),
        100,
        usual.will(),
        0);
  }

  @Test
  void shouldUseTheNextBrokerOfItsList() throws Exception {
    Path second = Files.createDirectory(folder.resolve("second"));
    try (Mosquitto one = Mosquitto.open(folder);
        Mosquitto two = Mosquitto.open(second);
        TestNode node =
            TestNode.start("n1", one.address() + ", " + two.address()).awaitConnected();
        TestController controller = TestController.connect(two.address())) {
      assertEquals(one.address(), node.agent().session().broker().toString());
      one.kill();
      Eventually.await(
          "the second is used",
          () ->
              node.isConnected()
                  && node.agent().session().broker().toString().equals(two.address()));
      controller.push("n1", schedule(1, 1));
      controller.answer(Answer.Kind.OPERATIONAL, "s1");
      two.kill();
      one.start();
      Eventually.await(
          "the first again",
          () ->
              node.isConnected()
                  && node.agent().session().broker().toString().equals(one.address()));
    }
  }

  @Test
  void shouldGoOnWithoutABrokerAndTellItsStoryLater() {
    try (Mosquitto broker = Mosquitto.open(folder);
        TestController controller = TestController.connect(broker.address())) {
      broker.stop();
      try (TestNode node = TestNode.start("n1", broker.address())) {
        Eventually.await("it tries", () -> node.count("connect_failed") > 3);
        assertTrue(
            node.agent().session().problem().contains("connect: Connection refused"),
            node.agent().session().problem());
        broker.start();
        node.awaitConnected();
        controller.push("n1", schedule(1, 1));
        controller.answer(Answer.Kind.OPERATIONAL, "s1");
      }
    }
  }
}
