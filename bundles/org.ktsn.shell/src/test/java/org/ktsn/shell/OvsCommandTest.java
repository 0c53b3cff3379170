package org.ktsn.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.ktsn.api.binder.SwitchProgram;
import org.ktsn.api.binder.SwitchStatus;
import org.ktsn.api.pod.PodRequest;

/** {@code ktsn:ovs} for people and for programs. */
final class OvsCommandTest {
  private static final SwitchProgram PROGRAM =
      new SwitchProgram(
          List.of(new SwitchProgram.PodPort("v0-ktsn", 15, 1203)),
          List.of(
              new SwitchProgram.Node(
                  "east", "192.0.2.2", "by br-phy to 192.0.2.2 at 02:00:5e:ff:00:02", true),
              new SwitchProgram.Node("north", "192.0.2.3", "no route", false)),
          List.of(
              new SwitchProgram.RemotePod("east", "camera", 4, 120, 2, 118),
              new SwitchProgram.RemotePod("north", "drive", 4, 7, 0, 0)),
          List.of(
              new SwitchProgram.Drop("v0-ktsn", "not the pod's", 3),
              new SwitchProgram.Drop("v0-ktsn", "a router's message", 0),
              new SwitchProgram.Drop("x0-ktsn", "from no pod that is known", 5)),
          List.of("node east: 1 rules are missing"),
          OptionalLong.of(0));

  private final OvsCommand command = new OvsCommand();

  private String run(SwitchProgram program, String... arguments) {
    FakePods pods = new FakePods();
    pods.attach(PodRequest.named("arm"));
    command.pods = pods;
    command.binder = new FakeBinder(new SwitchStatus(true, "3.1.0", "br-ktsn", List.of()), program);
    return (String) command.execute(null, List.of((Object[]) arguments));
  }

  @Test
  void shouldShowByPodAndNodeWhatIsProgrammedCountedAndDropped() {
    assertEquals(
        """
        bridge br-ktsn, Open vSwitch 3.1.0: not as it should be
          node east: 1 rules are missing

        POD  PORT     RULES  LET THROUGH  DROPPED
        arm  v0-ktsn  15     1203         3

        NODE   TUNNEL     REACHED
        east   192.0.2.2  by br-phy to 192.0.2.2 at 02:00:5e:ff:00:02
        north  192.0.2.3  NO: no route

        NODE   POD     RULES  SENT TO IT  ASKED FOR IT  CAME FROM IT
        east   camera  4      120         2             118
        north  drive   4      7           0             0

        DROPPED  FROM     BECAUSE IT IS
        3        arm      not the pod's
        5        x0-ktsn  from no pod that is known

        MAC addresses learned at another port than before: 0
        """,
        run(PROGRAM));
  }

  @Test
  void shouldShowNothingButWhatIsAboutOnePodOrNode() {
    assertEquals(
        """
        bridge br-ktsn, Open vSwitch 3.1.0: not as it should be
          node east: 1 rules are missing

        NODE  TUNNEL     REACHED
        east  192.0.2.2  by br-phy to 192.0.2.2 at 02:00:5e:ff:00:02

        NODE  POD     RULES  SENT TO IT  ASKED FOR IT  CAME FROM IT
        east  camera  4      120         2             118

        the rules have dropped nothing

        MAC addresses learned at another port than before: 0
        """,
        run(PROGRAM, "camera"));
    String own = run(PROGRAM, "arm");
    assertTrue(own.contains("v0-ktsn  15"), own);
    assertTrue(own.contains("not the pod's"), own);
    assertTrue(!own.contains("east   ") && !own.contains("from no pod"), own);
    assertEquals(
        "the switch has nothing of a pod or node 'nobody'; ktsn:pods and ktsn:nodes list them",
        assertThrows(CommandException.class, () -> run(PROGRAM, "nobody")).getMessage());
  }

  @Test
  void shouldSayThatAllIsAsItShouldBe() {
    SwitchProgram fine =
        new SwitchProgram(
            PROGRAM.ports(), List.of(), List.of(), List.of(), List.of(), OptionalLong.empty());
    assertEquals(
        """
        bridge br-ktsn, Open vSwitch 3.1.0: as it should be

        POD  PORT     RULES  LET THROUGH  DROPPED
        arm  v0-ktsn  15     1203         0

        the rules have dropped nothing
        """,
        run(fine));
  }

  @Test
  void shouldWriteTheSameForPrograms() {
    JsonObject answer = JsonParser.parseString(run(PROGRAM, "--json")).getAsJsonObject();
    assertEquals(
        "{\"pod\":\"arm\",\"port\":\"v0-ktsn\",\"rules\":15,\"let_through_frames\":1203}",
        answer.getAsJsonArray("pod_ports").get(0).toString());
    assertEquals(
        "{\"node\":\"east\",\"pod\":\"camera\",\"rules\":4,\"sent_frames\":120,\"questions\":2,"
            + "\"arrived_frames\":118}",
        answer.getAsJsonArray("remote_pods").get(0).toString());
    assertEquals(
        "{\"name\":\"north\",\"tunnel\":\"192.0.2.3\",\"reached\":false,\"way\":\"no route\"}",
        answer.getAsJsonArray("nodes").get(1).toString());
    assertEquals(3, answer.getAsJsonArray("drops").size());
    assertEquals(0, answer.get("moved_macs").getAsLong());
    assertEquals(1, answer.getAsJsonArray("differences").size());
  }
}
