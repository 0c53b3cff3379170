package org.ktsn.pod;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.api.pod.PodAssignment;
import org.ktsn.foreign.ForeignException;

/** Interfaces in two real network namespaces, judged by iproute2 and ethtool. Needs root. */
@Tag("system")
class NetlinkLinksSystemTest {
  private static final String HOME = "knl" + ProcessHandle.current().pid() + "-home";
  private static final String POD = "knl" + ProcessHandle.current().pid() + "-pod";
  private static final MacAddress MAC = MacAddress.parse("02:00:00:0a:0b:0c");
  private static final Links.End OUTSIDE = new Links.End(Path.of("/run/netns", HOME), "v0");
  private static final Links.End INSIDE = new Links.End(Path.of("/run/netns", POD), "tsn0");

  private final Links links = new NetlinkLinks();

  @BeforeEach
  void makeNamespaces() {
    run("ip", "netns", "add", HOME);
    run("ip", "netns", "add", POD);
  }

  @AfterEach
  void removeNamespaces() {
    run("ip", "netns", "del", POD);
    run("ip", "netns", "del", HOME);
  }

  @Test
  void shouldRaiseWhatSomebodySetDown() {
    links.addPair(OUTSIDE, INSIDE, MAC, 1450);
    run("ip", "-n", HOME, "link", "set", "v0", "down");
    links.raise(OUTSIDE);
    String outside = run("ip", "-n", HOME, "-o", "link", "show", "v0");
    assertTrue(outside.contains(",UP") && outside.contains("mtu 1450"), outside);
  }

  @Test
  void shouldMakeAPairAndSetItsInnerEndUp() {
    links.addPair(OUTSIDE, INSIDE, MAC, 1450);
    links.setUp(
        INSIDE,
        List.of("10.9.0.2/24", "10.9.1.2/32"),
        List.of(
            new PodAssignment.Route("0.0.0.0/0", "10.9.0.1"),
            new PodAssignment.Route("192.0.2.0/25", "")));
    String outside = run("ip", "-n", HOME, "-o", "link", "show", "v0");
    assertTrue(outside.contains(",UP") && outside.contains("mtu 1450"), outside);
    String inside = run("ip", "-n", POD, "-o", "addr", "show", "tsn0");
    assertTrue(inside.contains("inet 10.9.0.2/24 scope global tsn0"), inside);
    assertTrue(inside.contains("inet 10.9.1.2/32 scope global tsn0"), inside);
    String link = run("ip", "-n", POD, "-o", "link");
    assertTrue(link.contains("link/ether " + MAC), link);
    assertTrue(link.contains("lo: <LOOPBACK,UP,LOWER_UP>"), link);
    assertTrue(link.lines().anyMatch(l -> l.contains("tsn0") && l.contains("mtu 1450")), link);
    String routes = run("ip", "-n", POD, "route");
    assertTrue(routes.contains("default via 10.9.0.1 dev tsn0"), routes);
    assertTrue(routes.contains("192.0.2.0/25 dev tsn0 scope link"), routes);
    assertTrue(
        run("ip", "netns", "exec", POD, "ethtool", "-k", "tsn0").contains("tx-checksumming: off"));
  }

  @Test
  void shouldRemoveBothEndsBeforeItReturns() {
    for (int round = 0; round < 5; round++) {
      links.addPair(OUTSIDE, INSIDE, MAC, 1500);
      assertTrue(links.remove(OUTSIDE));
      assertEquals("", run("ip", "-n", HOME, "-o", "link", "show", "type", "veth"));
      assertEquals("", run("ip", "-n", POD, "-o", "link", "show", "type", "veth"));
      assertFalse(links.remove(OUTSIDE));
    }
  }

  @Test
  void shouldSayWhatTheKernelRefuses() {
    links.addPair(OUTSIDE, INSIDE, MAC, 1500);
    Links.End other = new Links.End(OUTSIDE.namespace(), "v1");
    ForeignException taken =
        assertThrows(ForeignException.class, () -> links.addPair(other, INSIDE, MAC, 1500));
    assertTrue(taken.getMessage().contains("tsn0: File exists"), taken.getMessage());
    assertEquals(1, run("ip", "-n", HOME, "-o", "link", "show", "type", "veth").lines().count());

    List<PodAssignment.Route> unreachable =
        List.of(new PodAssignment.Route("0.0.0.0/0", "198.51.100.1"));
    ForeignException refused =
        assertThrows(
            ForeignException.class, () -> links.setUp(INSIDE, List.of("10.9.0.2/24"), unreachable));
    assertTrue(refused.getMessage().contains("unreachable"), refused.getMessage());

    Links.End nowhere = new Links.End(Path.of("/run/netns", POD + "-none"), "x");
    ForeignException missing = assertThrows(ForeignException.class, () -> links.remove(nowhere));
    assertTrue(missing.getMessage().contains(nowhere.namespace().toString()));
  }

  private static String run(String... command) {
    CommandRunner.Result result = new CommandRunner().run(List.of(command), "");
    assertEquals(0, result.exitCode(), () -> String.join(" ", command) + ": " + result.output());
    return result.output();
  }
}
