package org.ktsn.binder.ovs;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;

/** The other end of a JSON-RPC socket, which answers as the test says. */
final class FakePeer implements AutoCloseable {
  /** Answers a call; may throw {@link Refusal}. Null: no answer. */
  @FunctionalInterface
  interface Answer {
    JsonElement to(JsonArray params);
  }

  /** Makes the answer an error. */
  static final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Refusal(String message) {
      super(message);
    }
  }

  private final Path socket;
  private final ServerSocketChannel server;
  private final Map<String, Answer> answers = new ConcurrentHashMap<>();
  private final List<SocketChannel> connections = new CopyOnWriteArrayList<>();
  private final List<JsonObject> calls = new CopyOnWriteArrayList<>();
  private final LinkedBlockingQueue<JsonObject> replies = new LinkedBlockingQueue<>();

  FakePeer(Path socket) throws IOException {
    this.socket = socket;
    server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket));
    Thread.ofVirtual().start(this::accept);
  }

  void answer(String method, Answer answer) {
    answers.put(method, answer);
  }

  /** Returns how a method is answered now. */
  Answer answerTo(String method) {
    return answers.get(method);
  }

  /** The calls received so far. */
  List<JsonObject> calls() {
    return List.copyOf(calls);
  }

  List<JsonArray> calls(String method) {
    return calls().stream()
        .filter(call -> call.get("method").getAsString().equals(method))
        .map(call -> call.getAsJsonArray("params"))
        .toList();
  }

  /** Waits for the client's next reply to a request of this side. */
  JsonObject nextReply() throws InterruptedException {
    return replies.take();
  }

  /** Sends raw text to every client that has not hung up. */
  void send(String text) {
    for (SocketChannel connection : connections) {
      try {
        write(connection, text);
      } catch (IOException e) {
        // This one hung up, and its thread is about to notice.
      }
    }
  }

  void sendUpdate(String tables) {
    send("{\"method\":\"update\",\"id\":null,\"params\":[\"ktsn\"," + tables + "]}");
  }

  /** Ends the connections; new ones are accepted. */
  void hangUp() throws IOException {
    for (SocketChannel connection : connections) {
      connection.close();
    }
    connections.clear();
  }

  @Override
  public void close() throws IOException {
    server.close();
    hangUp();
    Files.deleteIfExists(socket);
  }

  private void accept() {
    try {
      while (true) {
        SocketChannel connection = server.accept();
        connections.add(connection);
        Thread.ofVirtual().start(() -> serve(connection));
      }
    } catch (IOException e) {
      // The test is over.
    }
  }

  private void serve(SocketChannel connection) {
    try (JsonReader reader =
        new JsonReader(
            new InputStreamReader(Channels.newInputStream(connection), StandardCharsets.UTF_8))) {
      reader.setStrictness(Strictness.LENIENT);
      while (reader.peek() != JsonToken.END_DOCUMENT) {
        JsonObject message = JsonParser.parseReader(reader).getAsJsonObject();
        if (message.has("method")) {
          calls.add(message);
          reply(connection, message);
        } else {
          replies.add(message);
        }
      }
    } catch (IOException e) {
      // The test, or the client, hung up.
    } finally {
      connections.remove(connection);
    }
  }

  private void reply(SocketChannel connection, JsonObject call) throws IOException {
    Answer answer = answers.get(call.get("method").getAsString());
    JsonObject reply = new JsonObject();
    try {
      JsonElement result =
          answer == null ? JsonNull.INSTANCE : answer.to(call.getAsJsonArray("params"));
      if (result == null) {
        return;
      }
      reply.add("result", result);
      reply.add("error", JsonNull.INSTANCE);
    } catch (Refusal e) {
      reply.addProperty("error", e.getMessage());
    }
    reply.add("id", call.get("id"));
    write(connection, reply.toString());
  }

  private static synchronized void write(SocketChannel connection, String text) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      connection.write(bytes);
    }
  }
}
