package org.ktsn.binder.ovs;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;

/**
 * A connection to a bridge's OpenFlow socket. One thread of its own reads: it answers the switch's
 * echo requests and completes what waits. Any thread may call.
 */
final class OpenFlowConnection implements Closeable {
  private final Path socket;
  private final SocketChannel channel;
  private final Duration limit;
  private final Runnable listener;
  private final AtomicInteger lastXid = new AtomicInteger();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final Map<Integer, Answer> pending = new ConcurrentHashMap<>();
  private final Object writing = new Object();

  /** What a request waits for. Its parts are the reading thread's until it is complete. */
  private static final class Answer {
    private final List<ByteBuffer> parts = new ArrayList<>();
    private final CompletableFuture<List<ByteBuffer>> whole = new CompletableFuture<>();
  }

  private OpenFlowConnection(
      Path socket, SocketChannel channel, Duration limit, Runnable listener) {
    this.socket = socket;
    this.channel = channel;
    this.limit = limit;
    this.listener = listener;
  }

  /**
   * Connects.
   *
   * @param limit how long each answer may take
   * @param closed called once when the connection ends; must not block
   * @throws IOException if nobody listens there
   */
  static OpenFlowConnection open(Path socket, Duration limit, Runnable closed) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    OpenFlowConnection connection = new OpenFlowConnection(socket, channel, limit, closed);
    try {
      channel.connect(UnixDomainSocketAddress.of(socket));
      connection.write(List.of(OpenFlow.hello(connection.lastXid.incrementAndGet())));
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    Thread.ofPlatform().daemon().name("ktsn-openflow").start(connection::read);
    return connection;
  }

  boolean isOpen() {
    return !closed.get();
  }

  /**
   * Has the switch do things one after the other, and waits until all is done.
   *
   * @param requests makes a message of the transaction's number
   * @throws IOException if the switch refuses any of them, or the connection ends
   */
  void carryOut(List<IntFunction<ByteBuffer>> requests) throws IOException {
    int xid = lastXid.incrementAndGet();
    List<ByteBuffer> messages = new ArrayList<>();
    // All bear the barrier's number, so that a refusal of any of them answers the whole.
    requests.forEach(request -> messages.add(request.apply(xid)));
    messages.add(OpenFlow.barrier(xid));
    List<ByteBuffer> ignored = call(xid, messages);
    assert ignored.size() == 1 : "a barrier has one answer";
  }

  /** Returns the rules whose cookies are alike under a mask. */
  List<OpenFlow.Counted> rules(long cookie, long cookieMask) throws IOException {
    int xid = lastXid.incrementAndGet();
    List<OpenFlow.Counted> rules = new ArrayList<>();
    for (ByteBuffer part : call(xid, List.of(OpenFlow.listRules(xid, cookie, cookieMask)))) {
      try {
        rules.addAll(OpenFlow.rules(part));
      } catch (IllegalArgumentException e) {
        throw new IOException(socket + " answered with " + e.getMessage(), e);
      }
    }
    return rules;
  }

  /** Ends the connection; who waits is told so. */
  @Override
  public void close() {
    end("the connection to " + socket + " was closed");
  }

  private List<ByteBuffer> call(int xid, List<ByteBuffer> messages) throws IOException {
    Answer answer = new Answer();
    pending.put(xid, answer);
    try {
      write(messages);
      return answer.whole.get(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      close();
      throw new IOException(
          socket + " did not answer within " + limit.toMillis() + " ms; see ovs-vswitchd.log", e);
    } catch (ExecutionException e) {
      throw new IOException(e.getCause().getMessage(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for " + socket, e);
    } finally {
      pending.remove(xid);
    }
  }

  private void write(List<ByteBuffer> messages) throws IOException {
    synchronized (writing) {
      if (closed.get()) {
        throw new IOException("the connection to " + socket + " is closed");
      }
      for (ByteBuffer message : messages) {
        while (message.hasRemaining()) {
          channel.write(message);
        }
      }
    }
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
    for (Answer answer : pending.values()) {
      answer.whole.completeExceptionally(new IOException(reason));
    }
    listener.run();
  }

  private void read() {
    String reason = "the switch closed " + socket;
    try (DataInputStream in = new DataInputStream(Channels.newInputStream(channel))) {
      while (true) {
        byte[] header = new byte[OpenFlow.HEADER_OCTETS];
        in.readFully(header);
        int octets = ByteBuffer.wrap(header).getShort(2) & 0xffff;
        if (octets < header.length) {
          throw new IOException("a message of " + octets + " octets");
        }
        byte[] whole = new byte[octets];
        System.arraycopy(header, 0, whole, 0, header.length);
        in.readFully(whole, header.length, octets - header.length);
        handle(ByteBuffer.wrap(whole));
      }
    } catch (EOFException e) {
      // It ended between two messages, or within one: there is no more to come.
    } catch (IOException e) {
      reason = "the connection to " + socket + " broke (" + e.getMessage() + ")";
    } catch (RuntimeException | Error e) {
      reason = socket + " sent what is not OpenFlow (" + e + ")";
    } finally {
      end(reason);
    }
  }

  private void handle(ByteBuffer message) throws IOException {
    int xid = message.getInt(4);
    switch (message.get(1)) {
      case OpenFlow.ECHO_REQUEST ->
          write(List.of(OpenFlow.echoReply(xid, message.position(OpenFlow.HEADER_OCTETS))));
      case OpenFlow.BARRIER_REPLY -> complete(xid, message, true);
      case OpenFlow.MULTIPART_REPLY -> complete(xid, message, !OpenFlow.hasMore(message));
      case OpenFlow.ERROR -> refuse(xid, message);
      default -> {
        // Its greeting, and news that nobody asked for.
      }
    }
  }

  private void complete(int xid, ByteBuffer part, boolean last) {
    Answer answer = pending.get(xid);
    if (answer == null) {
      return; // it came too late
    }
    answer.parts.add(part);
    if (last) {
      boolean unused = answer.whole.complete(answer.parts);
    }
  }

  private void refuse(int xid, ByteBuffer error) throws IOException {
    String reason = "OpenFlow error " + error.getShort(8) + "/" + error.getShort(10);
    if (error.getShort(8) == 0) { // OFPET_HELLO_FAILED
      throw new IOException(
          reason + ": no version in common; allow OpenFlow13 in the bridge's 'protocols'");
    }
    Answer answer = pending.get(xid);
    if (answer != null) {
      boolean unused =
          answer.whole.completeExceptionally(
              new IOException("the switch refuses a rule (" + reason + ")"));
    }
  }
}
