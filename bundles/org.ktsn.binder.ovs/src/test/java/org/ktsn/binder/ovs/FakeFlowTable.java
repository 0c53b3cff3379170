package org.ktsn.binder.ovs;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/** A bridge's OpenFlow socket: it keeps the cookies of the rules that it is given. */
final class FakeFlowTable implements AutoCloseable {
  private static final int FLOW_MOD = 14;
  private static final int MULTIPART_REQUEST = 18;
  private static final int BARRIER_REQUEST = 20;
  private static final int RULE_OCTETS = 56;

  private final Path socket;
  private final ServerSocketChannel server;
  private final List<SocketChannel> connections = new CopyOnWriteArrayList<>();
  private final List<Long> cookies = new CopyOnWriteArrayList<>();
  private final List<Integer> echoes = new CopyOnWriteArrayList<>();
  private final AtomicLong changes = new AtomicLong();
  private volatile boolean refusing;

  FakeFlowTable(Path socket) throws IOException {
    this.socket = socket;
    server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket));
    Thread.ofVirtual().start(this::accept);
  }

  /** The cookie of each rule. */
  List<Long> cookies() {
    return List.copyOf(cookies);
  }

  /** How many rules it was told to add or to remove. */
  long changes() {
    return changes.get();
  }

  /** Has a rule there that nobody asked for. */
  void plant(long cookie) {
    cookies.add(cookie);
  }

  void removeAll() {
    cookies.clear();
  }

  /** Answers rules with an error from now on. */
  void refuse(boolean yes) {
    refusing = yes;
  }

  /** Asks every client whether it is there. */
  void echo(int xid) throws IOException {
    for (SocketChannel connection : connections) {
      write(connection, message(OpenFlow.ECHO_REQUEST, xid, 0));
    }
  }

  List<Integer> echoes() {
    return List.copyOf(echoes);
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (SocketChannel connection : connections) {
      connection.close();
    }
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
    try (DataInputStream in = new DataInputStream(Channels.newInputStream(connection))) {
      while (true) {
        ByteBuffer header = ByteBuffer.wrap(in.readNBytes(OpenFlow.HEADER_OCTETS));
        if (header.remaining() < OpenFlow.HEADER_OCTETS) {
          return;
        }
        byte[] body = in.readNBytes((header.getShort(2) & 0xffff) - OpenFlow.HEADER_OCTETS);
        handle(connection, header.get(1), header.getInt(4), ByteBuffer.wrap(body));
      }
    } catch (IOException e) {
      // The test, or the client, hung up.
    } finally {
      connections.remove(connection);
    }
  }

  private void handle(SocketChannel connection, int type, int xid, ByteBuffer body)
      throws IOException {
    switch (type) {
      case OpenFlow.HELLO -> write(connection, message(OpenFlow.HELLO, xid, 0));
      case OpenFlow.ECHO_REPLY -> echoes.add(xid);
      case FLOW_MOD -> {
        changes.incrementAndGet();
        if (refusing) {
          write(connection, message(OpenFlow.ERROR, xid, 4).putShort(8, (short) 5));
        } else if (body.get(17) == 0) {
          cookies.add(body.getLong(0));
        } else {
          cookies.removeIf(cookie -> cookie == body.getLong(0));
        }
      }
      case BARRIER_REQUEST -> write(connection, message(OpenFlow.BARRIER_REPLY, xid, 0));
      case MULTIPART_REQUEST -> {
        // One part a rule, and an empty one at the end.
        for (long cookie : new ArrayList<>(cookies)) {
          if ((cookie & body.getLong(32)) != body.getLong(24)) {
            continue;
          }
          ByteBuffer part = message(OpenFlow.MULTIPART_REPLY, xid, 8 + RULE_OCTETS);
          part.putShort(8, (short) 1).putShort(10, (short) 1);
          part.putShort(16, (short) RULE_OCTETS).putLong(16 + 24, cookie).putLong(16 + 32, 3);
          write(connection, part);
        }
        write(connection, message(OpenFlow.MULTIPART_REPLY, xid, 8).putShort(8, (short) 1));
      }
      default -> throw new IOException("unexpected message " + type);
    }
  }

  private static ByteBuffer message(int type, int xid, int body) {
    int octets = OpenFlow.HEADER_OCTETS + body;
    return ByteBuffer.allocate(octets)
        .put((byte) 4)
        .put((byte) type)
        .putShort((short) octets)
        .putInt(xid)
        .rewind();
  }

  private static void write(SocketChannel connection, ByteBuffer message) throws IOException {
    while (message.hasRemaining()) {
      connection.write(message);
    }
  }
}
