package org.ktsn.ingress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.api.pod.Pod;

class NamedChannelTest {
  @TempDir private Path run;

  @Test
  void shouldLeadToTheSocketThatWasMadeLast() throws IOException {
    Pod pod = pod("c1", "robot");
    Path name = name("robot");
    try (ServerSocketChannel former = listen(pod)) {
      NamedChannel.offer(pod);
      assertTrue(former.isOpen());
    }
    Files.delete(pod.channelSocket());
    try (ServerSocketChannel socket = listen(pod)) {
      NamedChannel.offer(pod);
      try (SocketChannel program = SocketChannel.open(StandardProtocolFamily.UNIX)) {
        assertTrue(program.connect(UnixDomainSocketAddress.of(name)));
        socket.accept().close();
      }
    }
    NamedChannel.withdraw(pod);
    assertFalse(Files.exists(name));
    assertTrue(Files.exists(pod.channelSocket()));
  }

  /** A sandbox that took the place of another, of which nobody has said yet that it is gone. */
  @Test
  void shouldBeLeftToThePodThatHasTheNameByNow() throws IOException {
    Pod former = pod("c1", "robot");
    Pod present = pod("c2", "robot");
    try (ServerSocketChannel one = listen(former);
        ServerSocketChannel other = listen(present)) {
      NamedChannel.offer(former);
      NamedChannel.offer(present);
      NamedChannel.withdraw(former);
      assertTrue(Files.isSameFile(name("robot"), present.channelSocket()));
      assertTrue(one.isOpen() && other.isOpen());
    }
  }

  @Test
  void shouldFollowNoLinkThatAContainerMade() throws IOException {
    Pod pod = pod("c1", "robot");
    Path victim = Files.writeString(run.resolve("victim"), "kept");
    Files.createDirectories(name("robot").getParent());
    Files.createSymbolicLink(name("robot"), victim);
    Files.createSymbolicLink(name("robot").resolveSibling(".app.sock.new"), victim);
    try (ServerSocketChannel socket = listen(pod)) {
      NamedChannel.offer(pod);
      assertTrue(Files.isSameFile(name("robot"), pod.channelSocket()));
      assertTrue(socket.isOpen());
    }
    assertEquals("kept", Files.readString(victim));
  }

  @Test
  void shouldDoWithoutTheNameWhereAContainerIsInItsWay() throws IOException {
    Pod pod = pod("c1", "robot");
    Files.createDirectories(name("robot").resolve("more"));
    try (ServerSocketChannel socket = listen(pod)) {
      NamedChannel.offer(pod);
      NamedChannel.withdraw(pod);
      assertTrue(socket.isOpen());
    }
    assertTrue(Files.isDirectory(name("robot").resolve("more")));
  }

  @Test
  void shouldMakeNothingForAPodWithoutSuchAName() throws IOException {
    Pod pod = pod("c1", "../robot");
    try (ServerSocketChannel socket = listen(pod)) {
      NamedChannel.offer(pod);
      NamedChannel.withdraw(pod);
      assertTrue(socket.isOpen());
    }
    assertFalse(Files.exists(run.resolve("by-name")));
  }

  private Path name(String pod) {
    return run.resolve("by-name/plant_" + pod + "_tsn0/app.sock");
  }

  private static ServerSocketChannel listen(Pod pod) throws IOException {
    Files.createDirectories(pod.channelSocket().getParent());
    ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    return socket.bind(UnixDomainSocketAddress.of(pod.channelSocket()));
  }

  private Pod pod(String container, String name) {
    return new Pod(
        container + ".tsn0",
        0,
        Path.of("/run/netns/" + container),
        "tsn0",
        "v0-ktsn",
        MacAddress.parse("02:00:00:00:00:01"),
        List.of("10.77.0.2/16"),
        run.resolve("pods").resolve(container + ".tsn0").resolve("app.sock"),
        Map.of("namespace", "plant", "pod", name));
  }
}
