package org.ktsn.runtime;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import org.osgi.annotation.versioning.ConsumerType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens on a Unix stream socket that only its owner may use. It accepts as long as it is open:
 * while it can't, for instance because the process has no descriptor left, connections wait, and
 * {@code ktsn:health} says so.
 */
public final class UnixServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(UnixServer.class);
  private static final int MAX_PATH_OCTETS = 107;

  /** Serves a client. */
  @ConsumerType
  @FunctionalInterface
  public interface Service {
    /**
     * Takes a client up, soon: others wait. The channel is its own from here on; if it throws, the
     * channel is closed.
     */
    void serve(SocketChannel client) throws IOException;
  }

  private final String what;
  private final Path socket;
  private final Service service;
  private final ServerSocketChannel server;
  private final Object identity;
  private final FailureBook failures;
  private final LastingThread thread;

  private UnixServer(
      String what, Path socket, int backlog, String threadName, Service service, Source source)
      throws IOException {
    this.what = what;
    this.socket = socket;
    this.service = service;
    this.server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    this.identity = bind(backlog);
    this.failures =
        new FailureBook(
            what + " " + socket,
            "clients wait; where descriptors are missing, close what holds them or allow KTSNd"
                + " more (prlimit --nofile)");
    this.thread =
        new LastingThread(
            Thread.ofPlatform().daemon(),
            threadName,
            () -> accept(source),
            () -> {},
            failures,
            null);
  }

  /** Where connections come from: the kernel, or a test. */
  @FunctionalInterface
  interface Source {
    SocketChannel accept(ServerSocketChannel server) throws IOException;
  }

  /**
   * Begins to listen and to accept; a socket file that was left behind is replaced.
   *
   * @param what what it is, for sentences: "the control socket"
   * @param backlog how many connections wait at most to be accepted
   * @param service gets each client, in the accepting thread
   * @throws IOException if the socket can't be made
   */
  public static UnixServer open(
      String what, Path socket, int backlog, String threadName, Service service)
      throws IOException {
    return open(what, socket, backlog, threadName, service, ServerSocketChannel::accept);
  }

  static UnixServer open(
      String what, Path socket, int backlog, String threadName, Service service, Source source)
      throws IOException {
    UnixServer server = new UnixServer(what, socket, backlog, threadName, service, source);
    server.thread.start();
    LOG.info("event=socket-open path={}", socket);
    return server;
  }

  /**
   * Binds in a folder that nobody else can enter and moves the socket to its place once its mode is
   * right, so that there is no moment in which others could connect.
   */
  private Object bind(int backlog) throws IOException {
    String name = socket.getFileName().toString();
    Path folder = socket.resolveSibling("." + name.replaceFirst("\\.[^.]*$", ""));
    Path fresh = folder.resolve("s");
    int octets = Math.max(octets(socket), octets(fresh));
    if (octets > MAX_PATH_OCTETS) {
      server.close();
      throw new IOException(
          what
              + " "
              + socket
              + " has too long a path for a Unix socket; choose a run directory of at most "
              + (MAX_PATH_OCTETS - octets + octets(socket.toAbsolutePath().getParent()))
              + " octets");
    }
    try {
      Files.createDirectories(socket.toAbsolutePath().getParent());
      Files.deleteIfExists(fresh);
      Files.deleteIfExists(folder);
      Files.createDirectory(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      server.bind(UnixDomainSocketAddress.of(fresh), backlog);
      Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rw-------"));
      Object key = Files.readAttributes(fresh, BasicFileAttributes.class).fileKey();
      Files.move(fresh, socket, StandardCopyOption.ATOMIC_MOVE);
      return key;
    } catch (IOException e) {
      server.close();
      throw new IOException(
          what + " " + socket + " can't be made: " + e + "; check its directory", e);
    } finally {
      Files.deleteIfExists(folder);
    }
  }

  private static int octets(Path path) {
    return path.toString().getBytes(StandardCharsets.UTF_8).length;
  }

  private void accept(Source source) throws IOException {
    SocketChannel client = source.accept(server);
    try {
      service.serve(client);
      failures.well();
    } catch (IOException | RuntimeException | Error e) {
      client.close();
      throw e;
    }
  }

  /** Stops listening and removes the socket, unless another one lies there by now. */
  @Override
  public void close() throws IOException {
    thread.stop();
    server.close();
    if (Files.exists(socket)
        && Objects.equals(
            identity, Files.readAttributes(socket, BasicFileAttributes.class).fileKey())) {
      Files.delete(socket);
    }
    LOG.info("event=socket-removed path={}", socket);
  }
}
