package org.ktsn.cni;

import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.ktsn.runtime.UnixServer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The socket that tsn-cni connects to; only its owner may. One request and one answer a connection,
 * as {@code cni/src/relay.h} has it.
 */
final class CniServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CniServer.class);
  private static final byte[] MAGIC = "KTSNCNI1".getBytes(StandardCharsets.US_ASCII);
  private static final int PART_MAX_OCTETS = 1 << 20;
  private static final int AT_ONCE = 64;
  private static final int BACKLOG = 256;
  private static final long END_LIMIT_MS = 3_000;

  private final CniHandler handler;
  private final UnixServer server;
  private final Semaphore atWork = new Semaphore(AT_ONCE, true);
  private volatile boolean closed;

  /**
   * Begins to listen; a socket that was left behind is replaced.
   *
   * @throws IOException if the socket can't be made
   */
  CniServer(Path socket, CniHandler handler) throws IOException {
    this.handler = handler;
    this.server = UnixServer.open("the CNI socket", socket, BACKLOG, "ktsn-cni", this::accept);
  }

  private void accept(SocketChannel client) {
    // Not a virtual one: should the first of those that waits for a socket do so while there are no
    // descriptors, then none ever can, for as long as the process lives.
    Thread.ofPlatform().daemon().name("ktsn-cni-request").start(() -> serve(client));
  }

  private void serve(SocketChannel client) {
    try (client) {
      DataInputStream in = new DataInputStream(Channels.newInputStream(client));
      byte[] magic = in.readNBytes(MAGIC.length);
      if (magic.length == 0) {
        throw new EOFException("it ended before it asked");
      }
      if (!Arrays.equals(magic, MAGIC)) {
        LOG.warn("event=cni-request-refused reason=\"it does not come from tsn-cni\"");
        return;
      }
      byte[] environment = part(in);
      byte[] input = part(in);
      atWork.acquireUninterruptibly();
      try {
        if (!closed) {
          write(client, answer(client, environment, input));
        }
      } finally {
        atWork.release();
      }
    } catch (IOException e) {
      // A plugin that was killed; its runtime asks for DEL.
      LOG.info("event=cni-plugin-gone reason=\"{}\"", e.toString());
    }
  }

  private static void write(SocketChannel client, CniHandler.Reply reply) throws IOException {
    byte[] output = reply.output().getBytes(StandardCharsets.UTF_8);
    DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(Channels.newOutputStream(client)));
    out.writeInt(reply.exitCode());
    out.writeInt(output.length);
    out.write(output);
    out.flush();
  }

  private CniHandler.Reply answer(SocketChannel client, byte[] environment, byte[] input) {
    String text;
    try {
      text =
          StandardCharsets.UTF_8
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .onUnmappableCharacter(CodingErrorAction.REPORT)
              .decode(ByteBuffer.wrap(input))
              .toString();
    } catch (CharacterCodingException e) {
      CniException failure =
          new CniException(
              CniCode.UNDECODABLE, "the network configuration can't be read: it is not UTF-8");
      return new CniHandler.Reply(1, Results.error("", failure).toString());
    }
    return handler.handle(
        Environment.parse(new String(environment, StandardCharsets.UTF_8)),
        text,
        () -> isAwaited(client));
  }

  /** Tells whether a plugin waits for its answer: it closes its end only when it has given up. */
  private static boolean isAwaited(SocketChannel client) {
    try {
      client.configureBlocking(false);
      try {
        return client.read(ByteBuffer.allocate(1)) >= 0;
      } finally {
        client.configureBlocking(true);
      }
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Reads what a request begins with.
   *
   * @throws IOException if it is another thing
   */
  static void checkMagic(DataInputStream in) throws IOException {
    if (!Arrays.equals(in.readNBytes(MAGIC.length), MAGIC)) {
      throw new IOException("it does not come from tsn-cni");
    }
  }

  /** Reads a part of a request, its length first. */
  static byte[] part(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > PART_MAX_OCTETS) {
      throw new IOException("a part of " + length + " octets is too large");
    }
    byte[] part = in.readNBytes(length);
    if (part.length < length) {
      throw new IOException("the request ends early");
    }
    return part;
  }

  /**
   * Stops listening, removes the socket, and waits for the end of the requests at work: who stands
   * behind them is about to go, and a successor must not find a pod that is half attached. What
   * asked but was not begun with goes unanswered; its plugin says "try again later".
   */
  @Override
  public void close() throws IOException {
    closed = true;
    server.close();
    try {
      if (atWork.tryAcquire(AT_ONCE, END_LIMIT_MS, TimeUnit.MILLISECONDS)) {
        atWork.release(AT_ONCE);
      } else {
        LOG.warn("event=cni-requests-left limit_ms={}", END_LIMIT_MS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
