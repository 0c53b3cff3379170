package org.ktsn.shell;

import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.felix.service.command.CommandProcessor;
import org.ktsn.runtime.UnixServer;

/**
 * Listens on a Unix stream socket that only its owner may use, and gives each client a session. Any
 * thread.
 */
final class ControlServer implements AutoCloseable {
  private static final int BACKLOG = 64;

  private final CommandProcessor processor;
  private final int maxConnections;
  private final UnixServer server;
  private final Set<ControlConnection> connections = ConcurrentHashMap.newKeySet();

  /**
   * Begins to listen; a socket file that was left behind is replaced.
   *
   * @throws IOException if the socket can't be made
   */
  ControlServer(Path socket, CommandProcessor processor, int maxConnections) throws IOException {
    this.processor = processor;
    this.maxConnections = maxConnections;
    this.server =
        UnixServer.open("the control socket", socket, BACKLOG, "ktsn-control", this::serve);
  }

  private void serve(SocketChannel client) throws IOException {
    if (connections.size() >= maxConnections) {
      ControlConnection.refuse(
          client,
          Channels.newOutputStream(client),
          "the control socket serves "
              + maxConnections
              + " connections already; close one and try again");
      return;
    }
    ControlConnection connection = new ControlConnection(client, processor);
    connections.add(connection);
    Thread session =
        Thread.ofPlatform()
            .daemon()
            .name("ktsn-control-session")
            .unstarted(
                () -> {
                  try {
                    connection.run();
                  } finally {
                    connections.remove(connection);
                  }
                });
    try {
      session.start();
    } catch (Error e) { // no memory for another thread
      connections.remove(connection);
      throw e;
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
  }
}
