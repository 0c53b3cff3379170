package org.ktsn.shell;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.felix.service.command.CommandProcessor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens on a Unix stream socket that only its owner may use, and gives each client a session. Any
 * thread.
 */
final class ControlServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ControlServer.class);
  private static final int MAX_PATH_OCTETS = 107;

  private final Path socket;
  private final CommandProcessor processor;
  private final int maxConnections;
  private final ServerSocketChannel server;
  private final Object identity;
  private final Set<ControlConnection> connections = ConcurrentHashMap.newKeySet();

  /**
   * Begins to listen; a socket file that was left behind is replaced.
   *
   * @throws IOException if the socket can't be made
   */
  ControlServer(Path socket, CommandProcessor processor, int maxConnections) throws IOException {
    this.socket = socket;
    this.processor = processor;
    this.maxConnections = maxConnections;
    this.server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    this.identity = bind();
    Thread.ofPlatform().daemon().name("ktsn-control").start(this::accept);
    LOG.info("event=control_socket_open path={}", socket);
  }

  /**
   * Binds in a directory that nobody else can enter and moves the socket to its place once its mode
   * is right, so that there is no moment in which others could connect.
   */
  private Object bind() throws IOException {
    Path directory = socket.resolveSibling(".control");
    Path fresh = directory.resolve("s");
    int octets = Math.max(octets(socket), octets(fresh));
    if (octets > MAX_PATH_OCTETS) {
      server.close();
      throw new IOException(
          "the control socket "
              + socket
              + " has too long a path for a Unix socket; choose a run directory of at most "
              + (MAX_PATH_OCTETS - octets + octets(socket.toAbsolutePath().getParent()))
              + " octets");
    }
    try {
      Files.deleteIfExists(fresh);
      Files.deleteIfExists(directory);
      Files.createDirectory(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      server.bind(UnixDomainSocketAddress.of(fresh));
      Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rw-------"));
      Object key = Files.readAttributes(fresh, BasicFileAttributes.class).fileKey();
      Files.move(fresh, socket, StandardCopyOption.ATOMIC_MOVE);
      return key;
    } catch (IOException e) {
      server.close();
      throw new IOException(
          "the control socket " + socket + " can't be made: " + e + "; check its directory", e);
    } finally {
      Files.deleteIfExists(directory);
    }
  }

  private static int octets(Path path) {
    return path.toString().getBytes(StandardCharsets.UTF_8).length;
  }

  private void accept() {
    try {
      while (true) {
        SocketChannel client = server.accept();
        if (connections.size() >= maxConnections) {
          ControlConnection.refuse(
              client,
              Channels.newOutputStream(client),
              "the control socket serves "
                  + maxConnections
                  + " connections already; close one and try again");
          continue;
        }
        ControlConnection connection = new ControlConnection(client, processor);
        connections.add(connection);
        Thread.ofPlatform()
            .daemon()
            .name("ktsn-control-session")
            .start(
                () -> {
                  try {
                    connection.run();
                  } finally {
                    connections.remove(connection);
                  }
                });
      }
    } catch (ClosedChannelException e) {
      LOG.debug("event=control_socket_closed");
    } catch (IOException e) {
      LOG.error("event=control_socket_failed path={} reason={}", socket, e.toString());
    }
  }

  /**
   * Stops listening and removes the socket. Idle connections are closed; a command that runs is
   * allowed to end, because it may be the one that asked for this.
   */
  @Override
  public void close() throws IOException {
    server.close();
    for (ControlConnection connection : connections) {
      connection.close();
    }
    if (Files.exists(socket)
        && Objects.equals(
            identity, Files.readAttributes(socket, BasicFileAttributes.class).fileKey())) {
      Files.delete(socket);
    }
    LOG.info("event=control_socket_removed path={}", socket);
  }
}
