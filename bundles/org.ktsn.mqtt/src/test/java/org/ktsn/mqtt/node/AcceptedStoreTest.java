package org.ktsn.mqtt.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.ktsn.api.state.StateStore;
import org.ktsn.mqtt.protocol.DesiredMessage;
import org.ktsn.mqtt.protocol.DesiredReader;
import org.ktsn.mqtt.protocol.NodeFacts;
import org.ktsn.mqtt.protocol.PortSettings;
import org.ktsn.schedule.YangScheduleCodec;
import org.ktsn.testkit.MemoryStore;

class AcceptedStoreTest {
  private static final String DOCUMENT = "mqtt.json";

  private final YangScheduleCodec codec = new YangScheduleCodec();
  private final MemoryStore store = new MemoryStore();
  private final DesiredMessage message =
      new DesiredMessage(
          "s1", 7, Optional.empty(), codec.decode("A 1ms 0-7", 8), PortSettings.NONE);

  private AcceptedStore<DesiredMessage> of(String address) {
    return in(store, address);
  }

  private AcceptedStore<DesiredMessage> in(StateStore documents, String address) {
    return new AcceptedStore<>(
        documents,
        DOCUMENT,
        address,
        kept -> kept.encode(codec),
        text -> new DesiredReader(codec).read(text, NodeFacts.ofClasses(8)));
  }

  @Test
  void shouldRememberTheLastMessageOfThisNode() {
    assertTrue(of("lab/n1").write(message));
    assertEquals(Optional.of(message), of("lab/n1").read());
    assertEquals(Optional.empty(), of("lab/n2").read());
  }

  @Test
  void shouldSetAsideWhatIsBroken() {
    for (String document : new String[] {"{", "[]", "{\"node\":\"lab/n1\",\"desired\":{}}"}) {
      store.write(DOCUMENT, document);
      assertEquals(Optional.empty(), of("lab/n1").read());
      assertEquals(Optional.empty(), store.read(DOCUMENT));
      assertEquals(Optional.of(document), store.read(DOCUMENT + ".broken"));
    }
  }

  @Test
  void shouldSayThatThereIsNoRoom() {
    StateStore full =
        new StateStore() {
          @Override
          public Optional<String> read(String name) {
            throw new UncheckedIOException(new java.io.IOException("broken"));
          }

          @Override
          public void write(String name, String document) {
            throw new UncheckedIOException(new java.io.IOException("full"));
          }

          @Override
          public Path setAside(String name) {
            throw new UncheckedIOException(new java.io.IOException("full"));
          }
        };
    AcceptedStore<DesiredMessage> kept = in(full, "lab/n1");
    assertFalse(kept.write(message));
    assertEquals(Optional.empty(), kept.read());
  }
}
