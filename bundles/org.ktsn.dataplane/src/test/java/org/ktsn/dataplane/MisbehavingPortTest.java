package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.ktsn.api.port.Port;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.port.PortStatus;

/** Ports are other people's code: the planner runs none of it, and what they say is checked. */
final class MisbehavingPortTest {
  private static final PortModel MODEL = new PortModel(1_000_000_000L, 0);
  private final CountDownLatch release = new CountDownLatch(1);

  private record Said(String name, long handle, PortModel model) implements Port {
    @Override
    public PortStatus status() {
      throw new IllegalStateException("broken on purpose");
    }
  }

  @Test
  void shouldKeepWhatAPortSaidWhenItWasOffered() {
    RatedPort rated = RatedPort.of(new Said("p0", 4, MODEL));
    PortModel slow = new PortModel(1_000_000, 50);
    assertEquals("p0", rated.with(slow).name());
    assertEquals(4, rated.with(slow).handle());
    assertEquals(slow, rated.with(slow).model());
  }

  @Test
  void shouldRefuseAPortThatIsNone() {
    for (Port port :
        new Port[] {new Said(null, 4, MODEL), new Said("p0", 0, MODEL), new Said("p0", 4, null)}) {
      String said =
          assertThrows(IllegalStateException.class, () -> RatedPort.of(port)).getMessage();
      assertTrue(said.startsWith("it says that its name is"), said);
    }
  }

  @Test
  void shouldSayWhatAPortHasThrownOrThatItDidNotAnswer() {
    assertEquals(
        "broken on purpose",
        assertThrows(
                IllegalStateException.class,
                () ->
                    Patience.ask(
                        "asker",
                        () -> {
                          throw new StackOverflowError("broken on purpose");
                        }))
            .getMessage());
    assertEquals(
        "it did not answer within 3000 ms",
        assertThrows(
                IllegalStateException.class,
                () ->
                    Patience.ask(
                        "asker",
                        () -> {
                          release.await();
                          return 1;
                        }))
            .getMessage());
    release.countDown();
  }
}
