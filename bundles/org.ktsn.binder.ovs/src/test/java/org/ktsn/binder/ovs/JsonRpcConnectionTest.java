package org.ktsn.binder.ovs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class JsonRpcConnectionTest {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  @TempDir private Path directory;
  private final BlockingQueue<String> notifications = new LinkedBlockingQueue<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private FakePeer peer;
  private JsonRpcConnection connection;

  @BeforeEach
  void connect() throws IOException {
    peer = new FakePeer(directory.resolve("peer.sock"));
    peer.answer("version", params -> new JsonPrimitive("3.1.0"));
    connection =
        JsonRpcConnection.open(
            directory.resolve("peer.sock"),
            "test-rpc",
            new JsonRpcConnection.Listener() {
              @Override
              public void notified(String method, JsonArray params) {
                notifications.add(method + params);
              }

              @Override
              public void closed() {
                closed.countDown();
              }
            });
    // Once this is answered, the peer knows of the connection.
    assertEquals("3.1.0", connection.call("version", new JsonArray(), LIMIT).getAsString());
  }

  @AfterEach
  void disconnect() throws IOException {
    connection.close();
    peer.close();
  }

  @Test
  void shouldFailWhenNobodyListens() {
    assertThrows(
        IOException.class,
        () ->
            JsonRpcConnection.open(
                directory.resolve("nobody.sock"), "test", new IgnoringListener()));
  }

  @Test
  void shouldReportErrorOfPeerAndStayOpen() throws IOException {
    peer.answer(
        "fdb/add",
        params -> {
          throw new FakePeer.Refusal("no such bridge\n");
        });
    IOException refusal =
        assertThrows(
            JsonRpcConnection.RemoteErrorException.class,
            () -> connection.call("fdb/add", new JsonArray(), LIMIT));
    assertEquals("no such bridge", refusal.getMessage());
    assertEquals("3.1.0", connection.call("version", new JsonArray(), LIMIT).getAsString());
  }

  @Test
  void shouldAnswerEchoWithItsParams() throws Exception {
    peer.send("{\"method\":\"echo\",\"params\":[1,\"ö\"],\"id\":\"probe\"}");
    assertEquals(
        "{\"id\":\"probe\",\"result\":[1,\"ö\"],\"error\":null}", peer.nextReply().toString());
  }

  @Test
  void shouldRefuseUnknownRequest() throws Exception {
    peer.send("{\"method\":\"steal\",\"params\":[],\"id\":7}");
    assertEquals("\"unknown method steal\"", peer.nextReply().get("error").toString());
  }

  @Test
  void shouldTakeMessagesThatAreCutAndGluedAnyhow() throws Exception {
    String one = "{\"method\":\"a\",\"params\":[{\"x\":\"}{\"}],\"id\":null}";
    String two = "{\"method\":\"b\",\"params\":[],\"id\":null}";
    for (char c : (one + two).toCharArray()) {
      peer.send(String.valueOf(c));
    }
    peer.send(two + one);
    assertEquals("a[{\"x\":\"}{\"}]", take());
    assertEquals("b[]", take());
    assertEquals("b[]", take());
    assertEquals("a[{\"x\":\"}{\"}]", take());
  }

  @Test
  void shouldCloseWhenAnswerIsLate() {
    peer.answer("transact", params -> null);
    IOException late =
        assertThrows(
            IOException.class,
            () -> connection.call("transact", new JsonArray(), Duration.ofMillis(20)));
    assertTrue(late.getMessage().contains("did not answer 'transact'"), late.getMessage());
    assertFalse(connection.isOpen());
  }

  @Test
  void shouldFailCallsThatWaitWhenPeerHangsUp() throws Exception {
    peer.answer(
        "transact",
        params -> {
          try {
            peer.hangUp();
          } catch (IOException e) {
            throw new FakePeer.Refusal(e.getMessage());
          }
          return null;
        });
    assertThrows(IOException.class, () -> connection.call("transact", new JsonArray(), LIMIT));
    assertTrue(closed.await(10, TimeUnit.SECONDS));
    assertFalse(connection.isOpen());
    assertThrows(IOException.class, () -> connection.call("version", new JsonArray(), LIMIT));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "]",
        "[1,2]",
        "nonsense ",
        "{\"id\":\"never asked\",\"result\":1,\"error\":null}",
        "{\"id\":null,\"result\":1,\"error\":null}",
        "{\"a\" \"b\"}",
        "\u0000 "
      })
  void shouldEndConnectionThatCarriesNonsense(String nonsense) throws Exception {
    peer.send(nonsense);
    assertTrue(closed.await(10, TimeUnit.SECONDS));
    assertFalse(connection.isOpen());
  }

  @ParameterizedTest
  @ValueSource(strings = {"{", "{\"id\":1,\"result\":", "\"", "{\"id\":[[[["})
  void shouldEndWhenPeerHangsUpInTheMiddle(String beginning) throws Exception {
    peer.send(beginning);
    peer.hangUp();
    assertTrue(closed.await(10, TimeUnit.SECONDS));
  }

  @Test
  void shouldEndConnectionWithBottomlessNesting() throws Exception {
    peer.send("{\"id\":" + "[".repeat(100_000));
    assertTrue(closed.await(10, TimeUnit.SECONDS));
  }

  private String take() throws InterruptedException {
    return notifications.poll(10, TimeUnit.SECONDS);
  }

  private static final class IgnoringListener implements JsonRpcConnection.Listener {
    @Override
    public void notified(String method, JsonArray params) {}

    @Override
    public void closed() {}
  }
}
