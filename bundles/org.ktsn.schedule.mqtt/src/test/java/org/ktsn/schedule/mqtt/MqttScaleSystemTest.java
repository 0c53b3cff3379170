package org.ktsn.schedule.mqtt;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ktsn.mqtt.protocol.Answer;

/** Many nodes on one broker, one controller that pushes to all. */
class MqttScaleSystemTest {
  @TempDir private Path folder;

  @Test
  void shouldBringAScheduleToAllNodes() {
    int count = Amount.of("KTSN_MQTT_NODES", 100);
    List<TestNode> nodes = new ArrayList<>();
    try (Mosquitto broker = Mosquitto.open(folder);
        TestController controller = TestController.connect(broker.address())) {
      for (int i = 0; i < count; i++) {
        nodes.add(TestNode.start("n" + i, broker.address()));
      }
      Eventually.await(
          "all are connected", 120, () -> nodes.stream().allMatch(TestNode::isConnected));
      long beginNs = System.nanoTime();
      for (int i = 0; i < count; i++) {
        controller.push("n" + i, TestController.desired("all", 1, "A 200us 7; B 800us 0-6"));
      }
      Eventually.await(
          "all have accepted", 120, () -> controller.answers(Answer.Kind.ACCEPTED).size() == count);
      long acceptedNs = System.nanoTime() - beginNs;
      Eventually.await(
          "all are operational",
          120,
          () -> controller.answers(Answer.Kind.OPERATIONAL).size() == count);
      System.out.printf(
          "FIG %d nodes: the last has accepted after %.2f s and is operational after %.2f s%n",
          count, acceptedNs / 1e9, (System.nanoTime() - beginNs) / 1e9);
      for (TestNode node : nodes) {
        assertEquals(1, node.port().changes().size());
      }
    } finally {
      nodes.parallelStream().forEach(TestNode::close);
    }
  }
}
