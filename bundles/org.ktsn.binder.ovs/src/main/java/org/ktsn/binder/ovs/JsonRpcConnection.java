package org.ktsn.binder.ovs;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A JSON-RPC 1.0 connection over a Unix socket, as Open vSwitch speaks it (RFC 7047 section 4):
 * JSON objects one after the other, without length or separator, in both directions.
 *
 * <p>One thread of its own reads: it answers the peer's {@code echo}, hands notifications to the
 * {@link Listener} in their order, and completes calls. Any thread may call. A call has at most one
 * small request on the way, so that writing never fills the socket's buffer.
 */
final class JsonRpcConnection implements Closeable {
  /** Learns what the peer says unasked. Called on the connection's own thread; must not block. */
  interface Listener {
    /** A notification arrived. */
    void notified(String method, JsonArray params);

    /** The connection ended, by whichever side; called once, after the last notification. */
    void closed();
  }

  /** The peer answered a call with an error. */
  static final class RemoteErrorException extends IOException {
    private static final long serialVersionUID = 1L;

    RemoteErrorException(String message) {
      super(message);
    }
  }

  private final Path socket;
  private final SocketChannel channel;
  private final Listener listener;
  private final AtomicLong lastId = new AtomicLong();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final Map<Long, CompletableFuture<JsonElement>> pending = new ConcurrentHashMap<>();
  private final Object writing = new Object();

  private JsonRpcConnection(Path socket, SocketChannel channel, Listener listener) {
    this.socket = socket;
    this.channel = channel;
    this.listener = listener;
  }

  /**
   * Connects.
   *
   * @param socket the peer's socket
   * @param threadName the name of the thread that reads
   * @throws IOException if nobody listens there
   */
  static JsonRpcConnection open(Path socket, String threadName, Listener listener)
      throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.connect(UnixDomainSocketAddress.of(socket));
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    JsonRpcConnection connection = new JsonRpcConnection(socket, channel, listener);
    Thread.ofPlatform().daemon().name(threadName).start(connection::read);
    return connection;
  }

  /** Tells whether the connection stands, as far as is known. */
  boolean isOpen() {
    return !closed.get();
  }

  /**
   * Calls a method and waits for its result.
   *
   * @throws RemoteErrorException if the peer answers with an error
   * @throws IOException if the connection ends or the answer is not there in time; the connection
   *     is closed then
   */
  JsonElement call(String method, JsonArray params, Duration limit) throws IOException {
    long id = lastId.incrementAndGet();
    CompletableFuture<JsonElement> answer = new CompletableFuture<>();
    pending.put(id, answer);
    try {
      JsonObject request = new JsonObject();
      request.addProperty("method", method);
      request.add("params", params);
      request.addProperty("id", id);
      write(request);
      return answer.get(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      close();
      throw new IOException(
          socket + " did not answer '" + method + "' within " + limit.toMillis() + " ms", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RemoteErrorException error) {
        throw error;
      }
      throw new IOException(e.getCause().getMessage(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for the answer to '" + method + "'", e);
    } finally {
      pending.remove(id);
    }
  }

  /** Ends the connection; calls that wait fail. */
  @Override
  public void close() {
    end("the connection to " + socket + " was closed");
  }

  private void end(String reason) {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    try {
      channel.close();
    } catch (IOException e) {
      // The socket is gone either way, and there is nobody left to whom it matters.
    }
    for (CompletableFuture<JsonElement> answer : pending.values()) {
      answer.completeExceptionally(new IOException(reason));
    }
    listener.closed();
  }

  private void write(JsonObject message) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(message.toString().getBytes(StandardCharsets.UTF_8));
    synchronized (writing) {
      if (closed.get()) {
        throw new IOException("the connection to " + socket + " is closed");
      }
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    }
  }

  private void read() {
    String reason = "the peer at " + socket + " closed the connection";
    try (JsonReader reader =
        new JsonReader(
            new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8))) {
      // Only so does the reader take one document after the other.
      reader.setStrictness(Strictness.LENIENT);
      while (reader.peek() != JsonToken.END_DOCUMENT) {
        handle(JsonParser.parseReader(reader));
      }
    } catch (IOException e) {
      reason = "the connection to " + socket + " broke (" + e.getMessage() + ")";
    } catch (RuntimeException | Error e) {
      // Whatever the parser or the listener can't make sense of.
      reason = socket + " sent what is not JSON-RPC (" + e.getMessage() + ")";
    } finally {
      end(reason);
    }
  }

  private void handle(JsonElement element) throws IOException {
    JsonObject message = element.getAsJsonObject();
    JsonElement id = orNull(message.get("id"));
    if (!message.has("method")) {
      complete(message, id);
      return;
    }
    String method = message.get("method").getAsString();
    JsonArray params = message.getAsJsonArray("params");
    if (id.isJsonNull()) {
      listener.notified(method, params);
      return;
    }
    JsonObject reply = new JsonObject();
    reply.add("id", id);
    if (method.equals("echo")) {
      reply.add("result", params);
      reply.add("error", JsonNull.INSTANCE);
    } else {
      reply.add("result", JsonNull.INSTANCE);
      reply.add("error", new JsonPrimitive("unknown method " + method));
    }
    write(reply);
  }

  private void complete(JsonObject reply, JsonElement id) {
    if (!(id instanceof JsonPrimitive number) || !number.isNumber()) {
      throw new JsonParseException("an answer carries the id " + id + ", which was never asked");
    }
    // Nobody waits any more for an answer that comes too late.
    CompletableFuture<JsonElement> answer = pending.get(number.getAsLong());
    if (answer == null) {
      return;
    }
    JsonElement error = orNull(reply.get("error"));
    if (error.isJsonNull()) {
      answer.complete(orNull(reply.get("result")));
    } else {
      answer.completeExceptionally(
          new RemoteErrorException(
              error.isJsonPrimitive() ? error.getAsString().strip() : error.toString()));
    }
  }

  private static JsonElement orNull(JsonElement element) {
    return element == null ? JsonNull.INSTANCE : element;
  }
}
