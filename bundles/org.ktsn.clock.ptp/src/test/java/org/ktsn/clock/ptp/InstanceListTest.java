package org.ktsn.clock.ptp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ktsn.clock.ptp.InstanceSettings.Role;

final class InstanceListTest {
  @Test
  void shouldReadSeveralInstancesFromOneLineOrMore() {
    List<InstanceSettings> one =
        InstanceList.read(
            "plant socket=/run/ptp4l.0 domain=24 transport.specific=1 free.running=true;"
                + " line role=any events=true judged=false");
    assertEquals(
        one,
        InstanceList.read(
            "plant socket=/run/ptp4l.0 domain=24 transport.specific=1 free.running=true",
            "line role=any events=true judged=false"));
    InstanceSettings plant = one.getFirst();
    assertEquals(Path.of("/run/ptp4l.0"), plant.socket());
    assertEquals(Path.of("/run/ptp4l.0ro"), plant.readOnlySocket());
    assertEquals(24, plant.domainNumber());
    assertEquals(1, plant.transportSpecific());
    assertTrue(plant.freeRunning() && plant.judged() && !plant.events());
    InstanceSettings line = one.getLast();
    assertEquals(Path.of("/var/run/ptp4l"), line.socket());
    assertEquals(Role.ANY, line.role());
    assertTrue(line.events());
    assertFalse(line.judged());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "socket=/x           | is no name",
        "Plant               | 'Plant'",
        "a; a                | twice",
        "a domain=256        | domain=256",
        "a domain=x          | domain=x",
        "a domain            | takes KEY=VALUE",
        "a colour=red        | colour=red",
        "a socket=run/ptp4l  | absolute path",
        "a role=master       | role=master",
        "a events=yes        | events=yes",
        "a transport.specific=16 | transport.specific=16",
      })
  void shouldRefuseWhatIsWrongWithASentence(String text, String why) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> InstanceList.read(text)).getMessage();
    assertTrue(message.contains(why), message);
  }
}
