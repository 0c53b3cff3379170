package org.ktsn.mqtt.session;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Topics that a session takes up and gives up while it lasts. */
class FurtherSubscriptionsTest {
  private static final long LIMIT_S = 20;
  private static final long LOOK_MS = 5;
  private static final int SUBSCRIBE = 8;
  private static final int UNSUBSCRIBE = 10;

  private final BlockingQueue<String> happened = new LinkedBlockingQueue<>();
  private final Set<String> refused = ConcurrentHashMap.newKeySet();
  private final SessionCounters counters = new SessionCounters();
  private ScriptedBroker broker;
  private Session session;

  /** Knows who subscribes to what, and nothing else of MQTT. */
  private final class ScriptedBroker implements AutoCloseable {
    private final ServerSocket listener;
    private volatile Optional<Socket> peer = Optional.empty();

    ScriptedBroker() {
      try {
        listener = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      Thread.ofVirtual()
          .start(
              () -> {
                while (!listener.isClosed()) {
                  serve();
                }
              });
    }

    private void serve() {
      try (Socket socket = listener.accept()) {
        peer = Optional.of(socket);
        DataInputStream in = new DataInputStream(socket.getInputStream());
        OutputStream out = socket.getOutputStream();
        while (true) {
          int type = in.readUnsignedByte() >> 4;
          answer(type, in.readNBytes(length(in)), out);
        }
      } catch (IOException e) {
        return; // it has left
      }
    }

    private void answer(int type, byte[] body, OutputStream out) throws IOException {
      if (type == 1) {
        out.write(new byte[] {0x20, 3, 0, 0, 0});
      } else if (type == SUBSCRIBE) {
        List<String> topics = topics(body, 1);
        boolean no = topics.stream().anyMatch(refused::contains);
        byte[] codes = new byte[topics.size()];
        java.util.Arrays.fill(codes, (byte) (no ? 0x87 : 1));
        out.write(new byte[] {(byte) 0x90, (byte) (3 + codes.length), body[0], body[1], 0});
        out.write(codes);
        happened.add("+ " + String.join(" ", topics));
      } else if (type == UNSUBSCRIBE) {
        List<String> topics = topics(body, 0);
        out.write(new byte[] {(byte) 0xb0, (byte) (3 + topics.size()), body[0], body[1], 0});
        out.write(new byte[topics.size()]);
        happened.add("- " + String.join(" ", topics));
      }
      out.flush();
    }

    /** Behind the packet's identifier and its properties, of which there are none. */
    private static List<String> topics(byte[] body, int optionOctets) {
      List<String> topics = new java.util.ArrayList<>();
      int at = 3 + body[2];
      while (at < body.length) {
        int length = (body[at] & 0xff) << 8 | (body[at + 1] & 0xff);
        topics.add(new String(body, at + 2, length, StandardCharsets.UTF_8));
        at += 2 + length + optionOctets;
      }
      return topics;
    }

    private static int length(DataInputStream in) throws IOException {
      int length = 0;
      int shift = 0;
      int octet;
      do {
        octet = in.readUnsignedByte();
        length |= (octet & 0x7f) << shift;
        shift += 7;
      } while (octet >= 0x80);
      return length;
    }

    void hangUp() {
      try {
        peer.orElseThrow().close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void close() {
      try {
        listener.close();
        hangUp();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Wants one topic from the beginning. */
  private final class Listener implements SessionListener {
    @Override
    public List<String> subscriptions() {
      return List.of("first");
    }

    @Override
    public void connected(Broker peer) {
      happened.add("connected");
    }

    @Override
    public void disconnected(Broker peer, String reason, boolean wasConnected) {
      if (wasConnected) {
        happened.add("lost");
      }
    }

    @Override
    public void arrived(Inbound message) {
      throw new AssertionError(message);
    }
  }

  @BeforeEach
  void start() {
    broker = new ScriptedBroker();
    SessionSettings settings =
        new SessionSettings(
            List.of(Broker.parse("mqtt://127.0.0.1:" + broker.listener.getLocalPort())),
            "c",
            Credentials.NONE,
            TlsFiles.NONE,
            60,
            5,
            0,
            1,
            10,
            100_000,
            100,
            Optional.empty(),
            0);
    session = new Session(settings, new Listener(), counters);
  }

  @AfterEach
  void stop() {
    session.close();
    broker.close();
  }

  private String next() {
    try {
      return Optional.ofNullable(happened.poll(LIMIT_S, TimeUnit.SECONDS)).orElse("nothing");
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The client library tells of an answer on a thread of its own, when it comes to it. */
  private void awaitRefused(long times) throws InterruptedException {
    long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_S);
    while (counters.get("subscription_refused") < times && System.nanoTime() < endNs) {
      Thread.sleep(LOOK_MS);
    }
    assertEquals(times, counters.get("subscription_refused"));
  }

  private void connect() {
    session.start();
    assertEquals("+ first", next());
    assertEquals("connected", next());
  }

  @Test
  void shouldSubscribeWhileItIsConnected() {
    connect();
    session.subscribe(List.of("second"));
    assertEquals("+ second", next());
    session.subscribe(List.of("second", "third"));
    assertEquals("+ third", next());
    session.unsubscribe(List.of("second"));
    assertEquals("- second", next());
  }

  @Test
  void shouldSubscribeAgainWithEachConnection() {
    session.subscribe(List.of("second"));
    connect();
    assertEquals("+ second", next());
    broker.hangUp();
    assertEquals("lost", next());
    assertEquals("+ first", next());
    assertEquals("connected", next());
    assertEquals("+ second", next());
  }

  @Test
  void shouldGoOnWhenTheBrokerRefusesATopic() throws InterruptedException {
    refused.add("second");
    connect();
    session.subscribe(List.of("second"));
    assertEquals("+ second", next());
    awaitRefused(1);
    session.subscribe(List.of("third"));
    assertEquals("+ third", next());
    session.unsubscribe(List.of("third"));
    assertEquals("- third", next());
    assertEquals(1, counters.get("subscription_refused"));
    assertEquals(1, counters.get("connected"));
  }
}
