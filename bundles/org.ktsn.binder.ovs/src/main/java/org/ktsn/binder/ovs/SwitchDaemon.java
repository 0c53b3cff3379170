package org.ktsn.binder.ovs;

import com.google.gson.JsonArray;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ktsn.api.pod.MacAddress;

/**
 * A connection to ovs-vswitchd's control socket ({@code unixctl}): the forwarding entries, which
 * are not in the database. It is kept open, so that its end tells at once of the daemon's. Any
 * thread.
 */
final class SwitchDaemon implements Closeable {
  private static final Pattern VERSION = Pattern.compile("\\b((\\d+)\\.(\\d+)(?:\\.\\d+)*)");
  private static final Pattern STATIC_ENTRY =
      Pattern.compile("^\\s*(\\w+)\\s+0\\s+([0-9a-fA-F:]{17})\\s+static\\s*$", Pattern.MULTILINE);

  private static final Pattern MOVED =
      Pattern.compile("port moved MAC entries\\s*:\\s*(\\d{1,18})");
  private static final Pattern ROUTE =
      Pattern.compile("^gateway ([0-9a-fA-F.:]+)\\s+dev (\\S+)", Pattern.MULTILINE);
  private static final Pattern NEXT_HOP =
      Pattern.compile("^([0-9a-fA-F.:]+)\\s+([0-9a-fA-F:]{17})\\s", Pattern.MULTILINE);

  /** The forwarding table's word for the bridge's own port, and its number. */
  private static final String LOCAL = "LOCAL";

  private static final int LOCAL_NUMBER = 65534;

  private final JsonRpcConnection connection;
  private final Duration limit;
  private final String version;
  private final boolean pins;

  private SwitchDaemon(JsonRpcConnection connection, Duration limit) throws IOException {
    this.connection = connection;
    this.limit = limit;
    String answer = call("version");
    Matcher matcher = VERSION.matcher(answer);
    if (!matcher.find()) {
      throw new IOException("ovs-vswitchd tells no version but '" + answer + "'");
    }
    version = matcher.group(1);
    int major = Integer.parseInt(matcher.group(2));
    int minor = Integer.parseInt(matcher.group(3));
    pins = major > 2 || (major == 2 && minor >= 16);
  }

  /**
   * Connects to the daemon that the pid file in a run directory names.
   *
   * @param limit how long each answer may take
   * @param closed called when the connection ends; must not block
   */
  static SwitchDaemon open(Path runDirectory, Duration limit, Runnable closed) throws IOException {
    JsonRpcConnection.Listener listener =
        new JsonRpcConnection.Listener() {
          @Override
          public void notified(String method, JsonArray params) {
            // The daemon says nothing unasked.
          }

          @Override
          public void closed() {
            closed.run();
          }
        };
    JsonRpcConnection connection =
        JsonRpcConnection.open(controlSocket(runDirectory), "ktsn-unixctl", listener);
    try {
      return new SwitchDaemon(connection, limit);
    } catch (IOException e) {
      connection.close();
      throw e;
    }
  }

  /** The daemon's version, for instance {@code 3.1.0}. */
  String version() {
    return version;
  }

  /** Tells whether the daemon can pin addresses to ports (Open vSwitch 2.16 and later). */
  boolean canPin() {
    return pins;
  }

  boolean isOpen() {
    return connection.isOpen();
  }

  /**
   * Pins an address of untagged and priority-tagged frames to a port, in place of any earlier pin.
   */
  void pin(String bridge, String port, MacAddress mac) throws IOException {
    call("fdb/add", bridge, port, "0", mac.toString());
  }

  /** Removes a pinned address; nothing happens if there is none. */
  void unpin(String bridge, MacAddress mac) throws IOException {
    try {
      call("fdb/del", bridge, "0", mac.toString());
    } catch (JsonRpcConnection.RemoteErrorException e) {
      // There is no such entry, or no such bridge: what is asked for is so.
    }
  }

  /** Returns the numbers of the ports that addresses are pinned to. */
  Map<MacAddress, Integer> pinned(String bridge) throws IOException {
    Map<MacAddress, Integer> found = new HashMap<>();
    Matcher entry = STATIC_ENTRY.matcher(call("fdb/show", bridge));
    while (entry.find()) {
      String port = entry.group(1);
      found.put(
          MacAddress.parse(entry.group(2)),
          port.equals(LOCAL) ? LOCAL_NUMBER : Integer.parseInt(port));
    }
    return found;
  }

  /**
   * Returns how often an address was learned at another port than before; empty: it is not told.
   */
  OptionalLong moved(String bridge) throws IOException {
    try {
      Matcher count = MOVED.matcher(call("fdb/stats-show", bridge));
      return count.find() ? OptionalLong.of(Long.parseLong(count.group(1))) : OptionalLong.empty();
    } catch (JsonRpcConnection.RemoteErrorException e) {
      return OptionalLong.empty(); // an older one
    }
  }

  /**
   * The way of tunnelled frames.
   *
   * @param device the bridge by which they leave
   * @param nextHop to whom they go first
   */
  record Way(String device, InetAddress nextHop) {}

  /** Returns how the daemon gets to the end of a tunnel; empty if it has no route. */
  Optional<Way> way(InetAddress to) throws IOException {
    try {
      Matcher route = ROUTE.matcher(call("ovs/route/lookup", to.getHostAddress()));
      if (!route.find()) {
        return Optional.empty();
      }
      InetAddress gateway = InetAddress.ofLiteral(route.group(1));
      return Optional.of(new Way(route.group(2), gateway.isAnyLocalAddress() ? to : gateway));
    } catch (JsonRpcConnection.RemoteErrorException e) {
      return Optional.empty();
    }
  }

  /** Returns the link addresses of the next hops that the daemon knows. */
  Map<InetAddress, String> nextHops() throws IOException {
    Map<InetAddress, String> known = new HashMap<>();
    Matcher entry = NEXT_HOP.matcher(call("tnl/neigh/show"));
    while (entry.find()) {
      known.put(InetAddress.ofLiteral(entry.group(1)), entry.group(2));
    }
    return known;
  }

  @Override
  public void close() {
    connection.close();
  }

  private String call(String method, String... arguments) throws IOException {
    JsonArray params = new JsonArray();
    for (String argument : arguments) {
      params.add(argument);
    }
    return connection.call(method, params, limit).getAsString();
  }

  /** The socket carries the program's name, which a distribution may have changed, and its pid. */
  private static Path controlSocket(Path runDirectory) throws IOException {
    Path pidFile = runDirectory.resolve("ovs-vswitchd.pid");
    String pid = Files.readString(pidFile).strip();
    Path usual = runDirectory.resolve("ovs-vswitchd." + pid + ".ctl");
    if (Files.exists(usual)) {
      return usual;
    }
    try (DirectoryStream<Path> others =
        Files.newDirectoryStream(runDirectory, "ovs-vswitchd*." + pid + ".ctl")) {
      for (Path other : others) {
        return other;
      }
    }
    throw new IOException(usual + " does not exist");
  }
}
