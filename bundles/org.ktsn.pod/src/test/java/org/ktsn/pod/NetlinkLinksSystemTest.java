package org.ktsn.pod;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.api.pod.Pod;
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
  void shouldMakeRoutesWithAllThatWasAskedFor() {
    links.addPair(OUTSIDE, INSIDE, MAC, 1450);
    List<PodAssignment.Route> routes =
        List.of(
            route("10.98.0.0/16", "10.9.0.1", OptionalLong.of(100), 0, 0, 0, OptionalInt.empty()),
            route(
                "10.99.0.0/16",
                "10.9.0.1",
                OptionalLong.empty(),
                50,
                1300,
                1200,
                OptionalInt.empty()),
            route("10.97.0.0/16", "", OptionalLong.empty(), 0, 0, 0, OptionalInt.of(253)),
            route("10.96.0.0/16", "", OptionalLong.of(0), 0, 0, 0, OptionalInt.of(0)),
            route("10.95.0.0/16", "", OptionalLong.of(255), 0, 0, 0, OptionalInt.of(254)),
            route("0.0.0.0/0", "10.9.0.1", OptionalLong.of(256), 0, 0, 0, OptionalInt.of(201)),
            route(
                "10.94.0.1/32",
                "",
                OptionalLong.of(0xffff_ffffL),
                0xffff_ffffL,
                65_520,
                65_495,
                OptionalInt.empty()));
    assertEquals(routes, links.setUp(INSIDE, List.of("10.9.0.2/24"), routes));
    assertEquals("10.98.0.0/16 via 10.9.0.1 dev tsn0", shown("table", "100"));
    String main = shown("table", "main");
    assertTrue(
        main.contains("10.99.0.0/16 via 10.9.0.1 dev tsn0 metric 50 mtu 1300 advmss 1200"), main);
    assertTrue(main.contains("10.97.0.0/16 dev tsn0 scope link"), main);
    assertTrue(main.contains("10.96.0.0/16 dev tsn0"), main);
    assertFalse(main.contains("10.98."), main);
    assertTrue(shown("table", "local").contains("10.95.0.0/16 dev tsn0 scope host"));
    assertEquals("default via 10.9.0.1 dev tsn0 scope 201", shown("table", "256"));
    assertEquals(
        "10.94.0.1 dev tsn0 scope link metric 4294967295 mtu 65520 advmss 65495",
        shown("table", "4294967295"));

    Pod pod =
        new Pod(
            "first",
            0,
            INSIDE.namespace(),
            "tsn0",
            "v0",
            MAC,
            List.of("10.9.0.2/24"),
            Path.of("/run/x/app.sock"));
    NetworkCommands commands =
        new NetworkCommands(new CommandRunner(), links, Optional.of(OUTSIDE.namespace()));
    PodRecord attached =
        new PodRecord(
            pod, true, false, NetworkCommands.namespaceId(INSIDE.namespace()).orElse(0L), routes);
    assertEquals(List.of(), commands.differences(attached));
    run("ip", "-n", POD, "route", "del", "10.98.0.0/16", "table", "100");
    run("ip", "-n", POD, "route", "change", "10.99.0.0/16", "via", "10.9.0.1", "metric", "50");
    assertEquals(
        List.of(
            "its route to 10.98.0.0/16 via 10.9.0.1 table 100 is gone or another",
            "its route to 10.99.0.0/16 via 10.9.0.1 metric 50 mtu 1300 advmss 1200 is gone or another"),
        commands.differences(attached));
  }

  @Test
  void shouldGiveAPodAnAddressAndRoutesOfEachFamily() {
    links.addPair(OUTSIDE, INSIDE, MAC, 1450);
    List<PodAssignment.Route> routes =
        List.of(
            new PodAssignment.Route("0.0.0.0/0", "10.9.0.1"),
            new PodAssignment.Route("::/0", "fd09::1"),
            new PodAssignment.Route("fd0a::/48", ""),
            route("fd0b::/64", "fd09::2", OptionalLong.of(100), 50, 1300, 0, OptionalInt.empty()));
    List<String> addresses = List.of("10.9.0.2/24", "fd09::7/64");
    assertEquals(routes, links.setUp(INSIDE, addresses, routes));
    String inside = run("ip", "-n", POD, "-o", "-6", "addr", "show", "tsn0");
    assertTrue(inside.contains("inet6 fd09::7/64 scope global"), inside);
    assertTrue(
        inside.lines().noneMatch(line -> line.contains("fd09::7") && line.contains("tentative")),
        inside);
    String shown = run("ip", "-n", POD, "-6", "route");
    assertTrue(shown.contains("default via fd09::1 dev tsn0"), shown);
    assertTrue(shown.contains("fd0a::/48 dev tsn0"), shown);

    Pod pod =
        new Pod(
            "first",
            0,
            INSIDE.namespace(),
            "tsn0",
            "v0",
            MAC,
            addresses,
            Path.of("/run/x/app.sock"));
    NetworkCommands commands =
        new NetworkCommands(new CommandRunner(), links, Optional.of(OUTSIDE.namespace()));
    PodRecord attached =
        new PodRecord(
            pod, true, false, NetworkCommands.namespaceId(INSIDE.namespace()).orElse(0L), routes);
    assertEquals(List.of(), commands.differences(attached));
    run("ip", "-n", POD, "-6", "addr", "del", "fd09::7/64", "dev", "tsn0");
    run("ip", "-n", POD, "-6", "route", "del", "fd0a::/48");
    List<String> differences = commands.differences(attached);
    assertTrue(
        differences.contains("interface tsn0 has lost its address fd09::7/64"),
        differences::toString);
    assertTrue(
        differences.contains("its route to fd0a::/48 is gone or another"), differences::toString);
  }

  /** From an address that is being looked for the kernel asks nobody for a neighbour. */
  @Test
  void shouldLetAPodAskForItsNeighboursAtOnce() {
    NetworkCommands commands =
        new NetworkCommands(new CommandRunner(), links, Optional.of(OUTSIDE.namespace()));
    String ofLink = "fe80::ff:fe0a:b0c/64";
    for (List<String> addresses :
        List.of(List.of("10.9.0.2/24", "fd09::7/64"), List.of("fd09::7/64", ofLink))) {
      Pod pod =
          new Pod(
              "first",
              0,
              INSIDE.namespace(),
              "tsn0",
              "v0",
              MAC,
              addresses,
              Path.of("/run/x/app.sock"));
      links.addPair(OUTSIDE, INSIDE, MAC, 1450);
      commands.configure(pod, List.of());
      String inside = run("ip", "-n", POD, "-o", "-6", "addr", "show", "tsn0");
      assertTrue(inside.contains("inet6 " + ofLink + " scope link"), inside);
      assertFalse(inside.contains("tentative"), inside);
      assertEquals(2, inside.lines().count(), inside);
      String routes = run("ip", "-n", POD, "-6", "route");
      assertTrue(routes.contains("fe80::/64 dev tsn0"), routes);
      links.remove(OUTSIDE);
    }
  }

  @Test
  void shouldPassOverRoutesThatAreThere() {
    run("ip", "-n", POD, "link", "add", "eth0", "type", "veth", "peer", "name", "peer0");
    run("ip", "-n", POD, "addr", "add", "10.8.0.2/24", "dev", "eth0");
    run("ip", "-n", POD, "link", "set", "eth0", "up");
    run("ip", "-n", POD, "link", "set", "peer0", "up");
    run("ip", "-n", POD, "route", "add", "default", "via", "10.8.0.1");
    links.addPair(OUTSIDE, INSIDE, MAC, 1450);
    PodAssignment.Route once = new PodAssignment.Route("192.0.2.0/25", "");
    PodAssignment.Route other =
        route("0.0.0.0/0", "10.9.0.1", OptionalLong.empty(), 50, 0, 0, OptionalInt.empty());
    assertEquals(
        List.of(once, other),
        links.setUp(
            INSIDE,
            List.of("10.9.0.2/24"),
            List.of(new PodAssignment.Route("0.0.0.0/0", "10.9.0.1"), once, once, other)));
    String routes = shown();
    assertTrue(routes.contains("default via 10.8.0.1 dev eth0"), routes);
    assertTrue(routes.contains("default via 10.9.0.1 dev tsn0 metric 50"), routes);
    assertEquals(2, routes.lines().filter(line -> line.startsWith("default")).count(), routes);
  }

  private static PodAssignment.Route route(
      String destination,
      String gateway,
      OptionalLong table,
      long priority,
      int mtuOctets,
      int advMssOctets,
      OptionalInt scope) {
    return new PodAssignment.Route(
        destination, gateway, table, priority, mtuOctets, advMssOctets, scope);
  }

  /** The pod's routes, without the blanks at their ends. */
  private static String shown(String... more) {
    List<String> command = new ArrayList<>(List.of("ip", "-n", POD, "route", "show"));
    command.addAll(List.of(more));
    return run(command.toArray(String[]::new))
        .lines()
        .map(String::strip)
        .collect(Collectors.joining("\n"));
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
