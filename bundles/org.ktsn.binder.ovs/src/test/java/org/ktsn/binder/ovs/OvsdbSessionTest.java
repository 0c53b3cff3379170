package org.ktsn.binder.ovs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class OvsdbSessionTest {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  @TempDir private Path directory;

  @Test
  void shouldNotLoseUpdateThatOvertakesAnswerToMonitor() throws Exception {
    try (FakeSwitch fake = new FakeSwitch(directory)) {
      fake.database.answer(
          "monitor",
          params -> {
            fake.database.sendUpdate(
                "{\"Open_vSwitch\":" + FakeSwitch.root(7, true, "internal") + "}");
            return JsonParser.parseString(
                "{\"Open_vSwitch\":" + FakeSwitch.root(1, false, "internal") + "}");
          });
      try (OvsdbSession session = open()) {
        assertEquals(7, session.mirror().root().curCfg());
      }
    }
  }

  @Test
  void shouldFollowRowsThatComeAndGo() throws Exception {
    try (FakeSwitch fake = new FakeSwitch(directory);
        OvsdbSession session = open()) {
      assertEquals(2, session.mirror().ports("br-x").size());
      fake.database.sendUpdate(
          """
          {"Bridge":{"b0":{"old":{},"new":{"name":"br-x","datapath_type":"netdev","external_ids":["map",[]],
              "ports":["uuid","p0"]}}},
           "Port":{"p1":{"old":{"name":"k0-x"}}},
           "Interface":{"i1":{"old":{"name":"k0-x"}}}}
          """);
      assertTrue(session.mirror().await(() -> session.mirror().ports("br-x").size() == 1, LIMIT));
      fake.database.sendUpdate("{\"Bridge\":{\"b0\":{\"old\":{\"name\":\"br-x\"}}}}");
      assertTrue(session.mirror().await(() -> session.mirror().bridge("br-x").isEmpty(), LIMIT));
    }
  }

  @Test
  void shouldSayWhenPeerIsNoDatabase() throws Exception {
    try (FakeSwitch fake = new FakeSwitch(directory)) {
      fake.database.answer("monitor", params -> new JsonPrimitive("what?"));
      IOException refusal = assertThrows(IOException.class, this::open);
      assertTrue(refusal.getMessage().contains("not the database"), refusal.getMessage());
    }
  }

  @Test
  void shouldSayWhenResultsMakeNoSense() throws Exception {
    try (FakeSwitch fake = new FakeSwitch(directory);
        OvsdbSession session = open()) {
      fake.database.answer("transact", params -> JsonParser.parseString("[]"));
      OvsdbTransaction transaction = new OvsdbTransaction();
      transaction.requestConfiguration();
      assertThrows(IOException.class, () -> session.transact(transaction));
    }
  }

  private OvsdbSession open() throws IOException {
    return OvsdbSession.open(directory.resolve("db.sock"), LIMIT, () -> {});
  }
}
