package org.ktsn.binder.ovs;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/**
 * The binder's settings, checked.
 *
 * @param runDirectory where the switch has its sockets and pid files
 * @param bridge the bridge's name
 * @param port the name of KTSNd's own port
 * @param vhostSocket the vhost-user socket that KTSNd serves and the switch connects to
 * @param answerLimit how long the switch may take for one answer
 * @param awayGrace how long a caller waits for a switch that is away before it is told so
 * @param auditInterval how often the forwarding entries are compared with what they should be
 */
record OvsSettings(
    Path runDirectory,
    String bridge,
    String port,
    Path vhostSocket,
    Duration answerLimit,
    Duration awayGrace,
    Duration auditInterval) {
  private static final int LONGEST_NAME = 15;
  private static final int LONGEST_SOCKET_PATH = 107;
  private static final int LONGEST_SOCKET_NAME = "/ovs-vswitchd.4194304.ctl".length();

  OvsSettings {
    checkInterfaceName("bridge", bridge);
    checkInterfaceName("port", port);
    checkPath("vhost socket", vhostSocket, LONGEST_SOCKET_PATH);
    checkPath("run directory", runDirectory, LONGEST_SOCKET_PATH - LONGEST_SOCKET_NAME);
  }

  /** Settings with the usual time limits. */
  static OvsSettings of(Path runDirectory, String bridge, String port, Path vhostSocket) {
    return new OvsSettings(
        runDirectory,
        bridge,
        port,
        vhostSocket,
        Duration.ofSeconds(5),
        Duration.ofSeconds(2),
        Duration.ofSeconds(10));
  }

  /** The name of the tunnels' port: as KTSNd's own one, {@code x0-NAME} for {@code k0-NAME}. */
  String tunnelPort() {
    String rest = port.startsWith("k") ? port.substring(1) : port;
    return "x" + rest.substring(0, Math.min(rest.length(), LONGEST_NAME - 1));
  }

  /** Where the database listens. */
  Path databaseSocket() {
    return runDirectory.resolve("db.sock");
  }

  /** Where the bridge takes OpenFlow. */
  Path flowSocket() {
    return runDirectory.resolve(bridge + ".mgmt");
  }

  static void checkInterfaceName(String what, String name) {
    if (!name.matches("[a-zA-Z0-9][a-zA-Z0-9._-]{0,14}")) {
      throw new IllegalArgumentException(
          "the "
              + what
              + " name '"
              + name
              + "' does not fit a network interface; use 1 to 15 letters, digits, '.', '_' or '-'");
    }
  }

  private static void checkPath(String what, Path path, int longest) {
    int length = path.toString().getBytes(StandardCharsets.UTF_8).length;
    if (length > longest) {
      throw new IllegalArgumentException(
          "the "
              + what
              + " "
              + path
              + " has "
              + length
              + " octets, too many for a Unix socket; use at most "
              + longest);
    }
  }
}
