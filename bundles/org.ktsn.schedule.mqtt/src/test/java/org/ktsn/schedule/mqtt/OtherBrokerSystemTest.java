package org.ktsn.schedule.mqtt;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Optional;
import org.apache.activemq.artemis.core.config.Configuration;
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.server.ActiveMQServer;
import org.apache.activemq.artemis.core.server.ActiveMQServers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ktsn.mqtt.protocol.Answer;

/** A broker written by others, in another language: it and mosquitto must agree. */
class OtherBrokerSystemTest {
  @TempDir private Path folder;

  @Test
  void shouldGiveTheSameAnswersThroughArtemis() throws Exception {
    int port = Mosquitto.freePort();
    Configuration configuration =
        new ConfigurationImpl()
            .setPersistenceEnabled(false)
            .setSecurityEnabled(false)
            .setBindingsDirectory(folder.resolve("bindings").toString())
            .setJournalDirectory(folder.resolve("journal").toString())
            .setLargeMessagesDirectory(folder.resolve("large").toString())
            .setPagingDirectory(folder.resolve("paging").toString())
            .addAcceptorConfiguration("mqtt", "tcp://127.0.0.1:" + port + "?protocols=MQTT");
    ActiveMQServer server = ActiveMQServers.newActiveMQServer(configuration);
    server.start();
    String address = "mqtt://127.0.0.1:" + port;
    try (TestNode node = TestNode.start("n1", address).awaitConnected();
        TestController controller = TestController.connect(address)) {
      long base = FakePort.machineTimeNs() / 1_000 + 3_600_000_000L;
      controller.push(
          "n1", TestController.desired("far", 1, "base=" + base + "us A 1ms 0-7"), "tie");
      controller.answer(Answer.Kind.ACCEPTED, "far");
      assertEquals("tie", controller.correlations().getFirst());
      String second = TestController.desired("s2", 2, "A 500us 7; B 500us 0-6");
      controller.push("n1", second);
      assertEquals(Optional.of("s2"), controller.answer(Answer.Kind.SUPERSEDED, "far").by());
      controller.answer(Answer.Kind.OPERATIONAL, "s2");
      controller.push("n1", second);
      Eventually.await("a redelivery", () -> node.count("duplicates") == 1);
      controller.push("n1", TestController.desired("s1", 1, "A 1ms 0-7"));
      controller.answer(Answer.Kind.REFUSED, "s1");
      controller.push("n1", "{\"id\":\"bad\",\"version\":3,\"schedule\":{}}");
      controller.answer(Answer.Kind.REFUSED, "bad");
      Eventually.await(
          "it is online",
          () ->
              controller
                  .latest(TestNode.topics("n1").status())
                  .filter(json -> json.get("state").getAsString().equals("online"))
                  .isPresent());
      // what is retained reaches a node that comes later
      controller.push("n2", second);
      Eventually.await("it is sent", () -> controller.waiting() == 0);
      try (TestNode later = TestNode.start("n2", address)) {
        controller.answer(
            "operational", a -> a.node().equals("n2") && a.kind() == Answer.Kind.OPERATIONAL);
        assertEquals(1, later.port().changes().size());
      }
    } finally {
      server.stop();
    }
  }
}
