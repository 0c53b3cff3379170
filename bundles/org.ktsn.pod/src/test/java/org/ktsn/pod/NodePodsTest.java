package org.ktsn.pod;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.ktsn.api.overlay.OverlayNetwork;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.pod.PodAssignment;
import org.ktsn.api.pod.PodException;
import org.ktsn.api.pod.PodObserver;
import org.ktsn.api.pod.PodRequest;

@Timeout(30)
class NodePodsTest {
  /** Writes down what it is told; fails on demand. */
  private static final class Diary implements PodObserver {
    final List<String> entries = new ArrayList<>();
    boolean failing;

    @Override
    public void attached(Pod pod) {
      if (failing) {
        throw new IllegalStateException("no room for " + pod.name());
      }
      assertTrue(Files.isDirectory(pod.channelSocket().getParent()), "the channel's directory");
      entries.add("+" + pod.name());
    }

    @Override
    public void detached(Pod pod) {
      entries.add("-" + pod.name());
    }
  }

  @TempDir private Path directory;
  private final FakeKernel kernel = new FakeKernel();
  private final FakeBinder binder = new FakeBinder();
  private NodePods pods;

  @BeforeEach
  void begin() {
    pods = new NodePods(settings("10.77.0.0/16"), kernel, kernel);
    pods.bindSwitch(binder);
  }

  @AfterEach
  void end() {
    pods.deactivate();
  }

  @Test
  void shouldAttachWithNextFreeNumberAddressAndSwitchPort() throws IOException {
    Pod first = pods.attach(request("first"));
    Pod second = pods.attach(request("second"));
    assertEquals(0, first.number());
    assertEquals(List.of("10.77.0.2/16"), first.addresses());
    assertEquals("v0-x", first.switchPort());
    assertEquals("tsn0", first.interfaceName());
    assertEquals(directory.resolve("pods/first/app.sock"), first.channelSocket());
    assertEquals(1, second.number());
    assertEquals(List.of("10.77.0.3/16"), second.addresses());
    assertEquals(List.of("v0-x", "v1-x"), List.copyOf(binder.ports));
    assertEquals("v0-x", binder.pins.get(first.mac().toString()));
    assertEquals(first.mac() + " [10.77.0.2/16]", binder.sources.get("v0-x"), "what it may send");
    assertEquals(List.of(first, second), pods.pods());
    assertEquals(Optional.of(second), pods.pod("second"));
    assertEquals(
        "rwxr-xr-x",
        PosixFilePermissions.toString(
            Files.getPosixFilePermissions(first.channelSocket().getParent())));
    pods.detach("first");
    Pod third = pods.attach(request("third"));
    assertEquals(0, third.number());
    assertEquals(List.of("10.77.0.2/16"), third.addresses());
  }

  @Test
  void shouldGiveThePodsTheMtuThatTheUnderlayLeaves() {
    BeyondNode beyond = new BeyondNode();
    NodePods others = new NodePods(settings("10.77.0.0/16"), kernel, kernel, beyond);
    others.bindSwitch(binder);
    beyond.overlayChanged(
        Optional.of(
            new OverlayNetwork("pods", 1, InetAddress.ofLiteral("192.0.2.1"), 1500, List.of())));
    Pod unused = others.attach(request("first"));
    assertTrue(
        kernel.commands.stream().anyMatch(line -> line.contains(" mtu 1450 ")),
        kernel.commands.toString());
    PodException tooLarge =
        assertThrows(
            PodException.class,
            () ->
                others.attach(
                    assigned(
                        "second",
                        new PodAssignment(List.of(), List.of(), OptionalInt.of(1451), Map.of()))));
    assertTrue(
        tooLarge.getMessage().contains("576..1450; choose another, or raise 'underlay-mtu'"),
        tooLarge.getMessage());
    others.deactivate();
  }

  @Test
  void shouldDeriveTheSameUnicastLocalMacEachTime() {
    Pod pod = pods.attach(request("first"));
    pods.detach("first");
    Pod again = pods.attach(request("first"));
    Pod other = pods.attach(request("other"));
    assertEquals(pod.mac(), again.mac());
    assertNotEquals(pod.mac(), other.mac());
    assertEquals(2, pod.mac().value() >>> 40 & 3, "locally administered and not a group's");
  }

  @Test
  void shouldLeaveNothingWhenDetached() throws IOException {
    pods.attach(request("first"));
    assertTrue(pods.detach("first"));
    assertFalse(pods.detach("first"));
    assertNothingLeft();
  }

  @Test
  void shouldTakeWhatIsAskedFor() {
    PodRequest asked =
        new PodRequest(
            "first",
            Optional.of(FakeKernel.namespace(directory, "first.ns")),
            "net9",
            Optional.of("10.77.9.9/24"),
            Optional.of(MacAddress.parse("02:00:00:00:00:09")));
    Pod pod = pods.attach(asked);
    assertEquals("net9", pod.interfaceName());
    assertEquals(List.of("10.77.9.9/24"), pod.addresses());
    assertEquals("02:00:00:00:00:09", pod.mac().toString());
    assertTrue(kernel.commands.stream().anyMatch(c -> c.equals("addr add 10.77.9.9/24 dev net9")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "10.78.0.2/16",
        "10.77.0.0/16",
        "10.77.255.255/16",
        "10.77.0.2/8",
        "10.77.0.2",
        "10.77.0.300/16",
        "fd00::2/64",
        "10.77.0.2/33",
        "",
        "10.77.0.2/16; link del eth0"
      })
  void shouldRefuseAddressThatIsNotAHostsOfTheOverlay(String address) throws IOException {
    PodRequest asked =
        new PodRequest(
            "first",
            Optional.of(FakeKernel.namespace(directory, "first.ns")),
            "tsn0",
            Optional.of(address),
            Optional.empty());
    assertThrows(PodException.class, () -> pods.attach(asked));
    assertNothingLeft();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "lo", "a b", "abcdefghijklmnop", "a/b", "..", "-x", "x\nlink del eth0", "x;y"})
  void shouldRefuseInterfaceNames(String name) {
    PodRequest asked =
        new PodRequest(
            "first",
            Optional.of(FakeKernel.namespace(directory, "first.ns")),
            name,
            Optional.empty(),
            Optional.empty());
    PodException refusal = assertThrows(PodException.class, () -> pods.attach(asked));
    assertTrue(refusal.getMessage().contains("15 letters"), refusal.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "../x", ".x", "a/b", "a b"})
  void shouldRefusePodNames(String name) {
    Optional<Path> namespace = Optional.of(FakeKernel.namespace(directory, "first.ns"));
    PodRequest asked = new PodRequest(name, namespace, "tsn0", Optional.empty(), Optional.empty());
    PodException refusal = assertThrows(PodException.class, () -> pods.attach(asked));
    assertTrue(refusal.getMessage().contains("not a pod name"), refusal.getMessage());
  }

  @Test
  void shouldRefuseWhatAnotherPodHas() {
    Pod first = pods.attach(request("first"));
    assertRefused(request("first"), "attached already");
    Optional<Path> namespace = Optional.of(FakeKernel.namespace(directory, "second.ns"));
    assertRefused(
        new PodRequest("second", namespace, "tsn0", Optional.of("10.77.0.2/16"), Optional.empty()),
        "in use");
    assertRefused(
        new PodRequest("second", namespace, "tsn0", Optional.empty(), Optional.of(first.mac())),
        "in use by pod 'first'");
  }

  @Test
  void shouldRefuseGroupAddressesAsMac() {
    Optional<Path> namespace = Optional.of(FakeKernel.namespace(directory, "first.ns"));
    for (String mac : List.of("01:80:c2:00:00:0e", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00")) {
      assertRefused(
          new PodRequest(
              "first", namespace, "tsn0", Optional.empty(), Optional.of(MacAddress.parse(mac))),
          mac);
    }
  }

  @Test
  void shouldRefuseNamespaces() {
    assertRefused(inNamespace(directory.resolve("gone.ns")), "does not exist");
    assertRefused(inNamespace(Path.of("/proc/self/ns/net")), "the node's own");
    assertRefused(inNamespace(Path.of("relative")), "absolute");
    assertRefused(inNamespace(directory.resolve("a b")), "blanks");
  }

  @Test
  void shouldSayWhenOverlayIsFull() {
    NodePods few = new NodePods(settings("10.77.0.0/30"), kernel, kernel);
    few.bindSwitch(binder);
    few.attach(request("first"));
    PodException refusal = assertThrows(PodException.class, () -> few.attach(request("second")));
    assertTrue(refusal.getMessage().contains("no address of 10.77.0.0/30"), refusal.getMessage());
    few.deactivate();
  }

  @Test
  void shouldSayWhenNoSwitchBinderIsActive() throws IOException {
    pods.unbindSwitch(binder);
    assertRefused(request("first"), "no switch binder");
    assertNothingLeft();
  }

  @Test
  void shouldRollBackWhenSwitchRefuses() throws IOException {
    binder.refusal = "Open vSwitch is away; start it";
    assertRefused(request("first"), "start it");
    assertNothingLeft();
  }

  @Test
  void shouldRollBackWhenPairCannotBeMade() throws IOException {
    kernel.failure = command -> command.contains("link add") ? "interface tsn0: File exists" : "";
    assertRefused(request("first"), "File exists");
    assertNothingLeft();
  }

  @Test
  void shouldRollBackWhenPodsEndCannotBeSetUp() throws IOException {
    kernel.failure = command -> command.contains("addr add") ? "addresses: Invalid argument" : "";
    assertRefused(request("first"), "can't be set up (addresses: Invalid argument)");
    assertNothingLeft();
  }

  @Test
  void shouldSayThatRootIsNeeded() {
    kernel.failure =
        command -> command.contains("link add") ? "interface tsn0: Operation not permitted" : "";
    assertRefused(request("first"), "as root");
  }

  @Test
  void shouldRollBackWhenAnObserverFailsAndTellThoseToldBefore() throws IOException {
    Diary good = new Diary();
    Diary bad = new Diary();
    bad.failing = true;
    pods.bindObserver(good);
    pods.bindObserver(bad);
    assertRefused(request("first"), "no room for first");
    assertEquals(List.of("+first", "-first"), good.entries);
    assertEquals(List.of(), bad.entries);
    assertNothingLeft();
  }

  @Test
  void shouldTellNewObserverOfAllPods() {
    pods.attach(request("first"));
    pods.attach(request("second"));
    Diary diary = new Diary();
    pods.bindObserver(diary);
    pods.detach("first");
    pods.unbindObserver(diary);
    pods.detach("second");
    assertEquals(List.of("+first", "+second", "-first"), diary.entries);
  }

  @Test
  void shouldKeepPodThatCannotBeRemovedForAnotherTry() throws IOException {
    pods.attach(request("first"));
    kernel.failure =
        command -> command.contains("link del") ? "interface v0-x: Device or resource busy" : "";
    assertThrows(PodException.class, () -> pods.detach("first"));
    assertEquals(1, pods.pods().size());
    kernel.failure = command -> "";
    assertTrue(pods.detach("first"));
    assertNothingLeft();
  }

  @Test
  void shouldTakeUpPodsAfterRestart() throws Exception {
    Pod first = pods.attach(request("first"));
    restart();
    assertEquals(List.of(first), pods.pods());
    binder.awaitPins(List.of(first.mac().toString()));
    Diary diary = new Diary();
    pods.bindObserver(diary);
    assertEquals(List.of("+first"), diary.entries);
  }

  @Test
  void shouldForgetPodWhoseInterfaceIsGone() throws Exception {
    pods.attach(request("first"));
    Pod second = pods.attach(request("second"));
    kernel.links.remove("v0-x");
    binder.ports.add("v0-x");
    restart();
    assertEquals(List.of(second), pods.pods());
    assertFalse(Files.exists(directory.resolve("pods/first")));
    binder.awaitPorts(List.of("v1-x"));
  }

  @Test
  void shouldForgetPodWhoseNamespaceIsAnotherOne() throws Exception {
    Pod first = pods.attach(request("first"));
    Files.delete(first.networkNamespace());
    FakeKernel.namespace(directory, "placeholder");
    FakeKernel.namespace(directory, "first.ns");
    restart();
    assertEquals(List.of(), pods.pods());
    assertEquals(List.of(), List.copyOf(kernel.links));
  }

  @Test
  void shouldMakeAChannelFolderByNameAndRemoveItWithThePod() throws IOException {
    Pod pod = pods.attach(named("c1", "robot"));
    Path folder = directory.resolve("by-name/plant_robot_tsn0");
    assertEquals(Optional.of(folder), pod.namedChannel());
    assertEquals("rwxr-xr-x", PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)));
    Files.writeString(folder.resolve("app.sock"), "");
    pods.detach("c1");
    assertFalse(Files.exists(folder));
    assertFalse(Files.exists(directory.resolve("pods/c1")));
  }

  @Test
  void shouldMakeNoFolderByANameThatLeadsElsewhere() {
    pods.attach(named("c1", "../../robot"));
    assertFalse(Files.exists(directory.resolve("by-name")));
  }

  /** Its containers have mounted the folder: it must be the same one afterwards. */
  @Test
  void shouldLeaveTheFolderByNameToThePodThatTookAnothersPlace() throws Exception {
    Pod former = pods.attach(named("c1", "robot"));
    Path folder = directory.resolve("by-name/plant_robot_tsn0");
    Object identity = Files.getAttribute(folder, "unix:ino");
    Pod present = pods.attach(named("c2", "robot"));
    pods.detach(former.name());
    assertEquals(identity, Files.getAttribute(folder, "unix:ino"));
    Pod later = pods.attach(named("c3", "robot"));
    kernel.links.remove(present.switchPort());
    restart();
    assertEquals(List.of(later), pods.pods());
    assertEquals(identity, Files.getAttribute(folder, "unix:ino"));
    pods.detach(later.name());
    assertFalse(Files.exists(folder));
  }

  @Test
  void shouldLeaveNoFolderByNameOfAnAttachmentThatFailed() {
    pods.bindObserver(
        new PodObserver() {
          @Override
          public void attached(Pod pod) {
            throw new IllegalStateException("no");
          }

          @Override
          public void detached(Pod pod) {}
        });
    assertThrows(PodException.class, () -> pods.attach(named("c1", "robot")));
    assertFalse(Files.exists(directory.resolve("by-name/plant_robot_tsn0")));
  }

  private PodRequest named(String name, String pod) {
    PodRequest plain = request(name);
    return new PodRequest(
        name,
        plain.networkNamespace(),
        "tsn0",
        Optional.empty(),
        Optional.empty(),
        new PodAssignment(
            List.of(),
            List.of(),
            OptionalInt.empty(),
            Map.of("namespace", "plant", "pod", pod, "container", name)));
  }

  /** The kernel takes a pair's other end along when it removes a namespace. */
  @Test
  void shouldDetachPodWhoseNamespaceAndInterfaceAreGone() throws Exception {
    Pod first = pods.attach(request("first"));
    Pod second = pods.attach(request("second"));
    Diary diary = new Diary();
    pods.bindObserver(diary);
    diary.entries.clear();
    Files.delete(first.networkNamespace());
    kernel.links.remove(first.switchPort());
    pods.lookForVanished();
    assertEquals(List.of(second), pods.pods());
    assertEquals(List.of("-first"), diary.entries);
    assertFalse(Files.exists(directory.resolve("pods/first")));
    assertFalse(Files.exists(directory.resolve("state/pods/first.json")));
    binder.awaitPorts(List.of("v1-x"));
  }

  @Test
  void shouldDetachPodWhoseNamespacesNameIsAnothers() {
    Pod first = pods.attach(request("first"));
    replaceNamespace(first);
    kernel.links.remove(first.switchPort());
    pods.lookForVanished();
    assertEquals(List.of(), pods.pods());
  }

  /** Something holds it: a process, a descriptor. */
  @Test
  void shouldKeepPodWhoseNamespaceLivesOnWithoutItsName() throws IOException {
    Pod first = pods.attach(request("first"));
    Files.delete(first.networkNamespace());
    pods.lookForVanished();
    assertEquals(List.of(first), pods.pods());
  }

  @Test
  void shouldKeepPodWhoseInterfaceWasRemovedInANamespaceThatLives() {
    Pod first = pods.attach(request("first"));
    kernel.links.remove(first.switchPort());
    pods.lookForVanished();
    assertEquals(List.of(first), pods.pods());
  }

  /** Its pods are a successor's by then. */
  @Test
  void shouldDetachNoPodOnceItIsDeactivatedThoughItWasLooking() throws IOException {
    Pod first = pods.attach(request("first"));
    whenInterfacesAreListed(
        () -> {
          kernel.links.remove(first.switchPort());
          pods.deactivate();
        });
    Files.delete(first.networkNamespace());
    pods.lookForVanished();
    assertEquals(List.of(first), pods.pods());
    assertTrue(Files.exists(directory.resolve("state/pods/first.json")));
  }

  @Test
  void shouldKeepPodWhoseNamespaceHasItsNameAgain() throws IOException {
    Pod first = pods.attach(request("first"));
    Path aside = directory.resolve("aside");
    whenInterfacesAreListed(
        () -> {
          kernel.links.remove(first.switchPort());
          if (Files.exists(aside)) {
            move(aside, first.networkNamespace());
          }
        });
    move(first.networkNamespace(), aside);
    pods.lookForVanished();
    assertEquals(List.of(first), pods.pods());
  }

  /** The thread that looks by itself may be the first to ask. */
  private void whenInterfacesAreListed(Runnable action) {
    kernel.failure =
        line -> {
          if (line.endsWith("link show type veth")) {
            action.run();
          }
          return "";
        };
  }

  private static void move(Path from, Path to) {
    try {
      Files.move(from, to);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void replaceNamespace(Pod pod) {
    try {
      // The new file is there before the old one is gone, or it might have the same number.
      Files.move(
          FakeKernel.namespace(directory, "placeholder"),
          pod.networkNamespace(),
          StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void shouldRemoveAttachmentThatWasNeverCompleted() throws Exception {
    pods.attach(request("first"));
    Path state = directory.resolve("state/pods/first.json");
    Files.writeString(
        state, Files.readString(state).replace("\"attached\":true", "\"attached\":false"));
    restart();
    assertEquals(List.of(), pods.pods());
    binder.awaitPorts(List.of());
    assertNothingLeft();
  }

  @Test
  void shouldSweepInterfacesOfItsNameThatNobodyKnows() {
    kernel.links.add("v7-x");
    kernel.links.add("v7-y");
    kernel.links.add("eth0");
    restart();
    assertEquals(List.of("eth0", "v7-y"), List.copyOf(kernel.links));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "{", "[]", "{\"version\":2}", "{\"version\":1}", "{\"version\":\"x\"}"})
  void shouldSetRecordAsideThatMakesNoSense(String text) throws IOException {
    pods.attach(request("first"));
    Files.writeString(directory.resolve("state/pods/bad.json"), text);
    restart();
    assertEquals(1, pods.pods().size());
    assertTrue(Files.exists(directory.resolve("state/pods/bad.json.bad")));
  }

  @Test
  void shouldSweepSwitchPortsOfItsNameThatNobodyKnowsOnceTheSwitchIsBack() throws Exception {
    Pod first = pods.attach(request("first"));
    FakeBinder next = new FakeBinder();
    next.ports.addAll(List.of("v0-x", "v9-x", "v9-y", "k0-x"));
    next.connected = false;
    pods.bindSwitch(next);
    next.awaitAskedAway(2);
    assertEquals(List.of("v0-x", first.mac() + " v0-x"), next.away, "to be kept in mind");
    next.awaitPorts(List.of("k0-x", "v0-x", "v9-x", "v9-y"));
    synchronized (next) {
      next.connected = true;
    }
    next.awaitPorts(List.of("k0-x", "v0-x", "v9-y"));
  }

  @Test
  void shouldSweepTheSwitchBeforeANewPortGetsTheNameOfAnOldOne() throws Exception {
    FakeBinder next = new FakeBinder();
    next.ports.add("v0-x");
    next.pins.put("02:00:00:00:00:09", "v0-x");
    next.connected = false;
    pods.bindSwitch(next);
    synchronized (next) {
      next.connected = true;
    }
    Pod first = pods.attach(request("first"));
    assertEquals("v0-x", first.switchPort());
    next.awaitPins(List.of(first.mac().toString()));
    next.awaitPorts(List.of("v0-x"));
  }

  @Test
  void shouldGiveEveryPodToNewSwitchBinder() throws Exception {
    Pod first = pods.attach(request("first"));
    FakeBinder successor = new FakeBinder();
    pods.bindSwitch(successor);
    pods.unbindSwitch(binder);
    successor.awaitPins(List.of(first.mac().toString()));
    pods.attach(request("second"));
    assertEquals(List.of("v0-x", "v1-x"), List.copyOf(successor.ports));
    assertEquals(List.of("v0-x"), List.copyOf(binder.ports));
  }

  private PodRequest assigned(String name, PodAssignment assignment) {
    return new PodRequest(
        name,
        Optional.of(FakeKernel.namespace(directory, name + ".ns")),
        "tsn0",
        Optional.empty(),
        Optional.empty(),
        assignment);
  }

  @Test
  void shouldGiveWhatOthersDecided() throws Exception {
    PodAssignment assignment =
        new PodAssignment(
            List.of("192.0.2.7/24", "198.51.100.7/25"),
            List.of(
                new PodAssignment.Route("0.0.0.0/0", "192.0.2.1"),
                new PodAssignment.Route("203.0.113.0/24", "")),
            OptionalInt.of(1400),
            Map.of("container", "robot"));
    Pod pod = pods.attach(assigned("first", assignment));
    assertEquals(List.of("192.0.2.7/24", "198.51.100.7/25"), pod.addresses());
    assertEquals(Map.of("container", "robot"), pod.labels());
    String commands = String.join("; ", kernel.commands) + ";";
    for (String part :
        List.of(
            "mtu 1400 type veth",
            "addr add 192.0.2.7/24 dev tsn0; addr add 198.51.100.7/25 dev tsn0;",
            "link set tsn0 up; route add 0.0.0.0/0 via 192.0.2.1 dev tsn0;",
            "route add 203.0.113.0/24 dev tsn0;")) {
      assertTrue(commands.contains(part), part + " is not in " + commands);
    }
    restart();
    assertEquals(List.of(pod), pods.pods());
    assertRefused(
        assigned(
            "second",
            new PodAssignment(List.of("192.0.2.7/16"), List.of(), OptionalInt.empty(), Map.of())),
        "though its address manager gave it");
  }

  @Test
  void shouldRemoveRecordsThatWereBegunOnly() throws IOException {
    pods.attach(request("first"));
    Files.writeString(directory.resolve("state/pods/.second.draft"), "{");
    restart();
    assertTrue(pods.detach("first"));
    assertNothingLeft();
  }

  @Test
  void shouldTakeUpRecordsOfEarlierVersionsWithoutLabels() throws IOException {
    Pod pod = pods.attach(request("first"));
    Path state = directory.resolve("state/pods/first.json");
    Files.writeString(state, Files.readString(state).replace(",\"labels\":{}", ""));
    restart();
    assertEquals(List.of(pod), pods.pods());
  }

  @ParameterizedTest
  @CsvSource({
    "fd00::2/129, ::/0, fd00::1, 1400",
    "fd00::2/64, ::/0, fd00::1, 1279",
    "fd00::2/64, ::/0, 10.0.0.1, 1400",
    "10.0.0.2/24, 0.0.0.0/0, fd00::1, 1400",
    "10.0.0.2, 0.0.0.0/0, 10.0.0.1, 1400",
    "10.0.0.2/24, default, 10.0.0.1, 1400",
    "10.0.0.2/24, 0.0.0.0/0, 10.0.0.1 dev eth0, 1400",
    "10.0.0.2/24, 0.0.0.0/0, 10.0.0.1, 575",
    "10.0.0.2/24, 0.0.0.0/0, 10.0.0.1, 1501",
  })
  void shouldRefuseDecisionsThatMakeNoSense(
      String address, String destination, String gateway, int mtu) throws IOException {
    PodAssignment assignment =
        new PodAssignment(
            List.of(address),
            List.of(new PodAssignment.Route(destination, gateway)),
            OptionalInt.of(mtu),
            Map.of());
    assertThrows(PodException.class, () -> pods.attach(assigned("first", assignment)));
    assertNothingLeft();
  }

  @Test
  void shouldTellWhichRoutesAreGoneAcrossARestartButNotOfThoseOfOthers() throws Exception {
    PodAssignment.Route route =
        new PodAssignment.Route(
            "10.98.0.0/16", "192.0.2.1", OptionalLong.of(100), 50, 1300, 1200, OptionalInt.of(200));
    kernel.destinations.add("0.0.0.0/0");
    Pod pod =
        pods.attach(
            assigned(
                "first",
                new PodAssignment(
                    List.of("192.0.2.7/24"),
                    List.of(new PodAssignment.Route("0.0.0.0/0", "192.0.2.1"), route),
                    OptionalInt.empty(),
                    Map.of())));
    kernel.shown =
        "[{\"flags\":[\"UP\"],\"address\":\""
            + pod.mac()
            + "\",\"addr_info\":[{\"local\":\"192.0.2.7\",\"prefixlen\":24}]}]";
    String shown =
        "[{\"dst\":\"10.98.0.0/16\",\"gateway\":\"192.0.2.1\",\"dev\":\"tsn0\",\"scope\":\"200\","
            + "\"metric\":50,\"flags\":[],\"metrics\":[{\"mtu\":1300,\"advmss\":1200}]}]";
    kernel.shownRoutes = shown;
    assertEquals(List.of(), pods.differences("first"));
    restart();
    assertEquals(List.of(), pods.differences("first"));
    for (String changed :
        List.of(
            "[]",
            shown.replace("192.0.2.1", "192.0.2.2"),
            shown.replace("tsn0", "eth0"),
            shown.replace("200", "0"),
            shown.replace(":50", ":51"),
            shown.replace("1300", "1400"),
            shown.replace("advmss", "hoplimit"))) {
      kernel.shownRoutes = changed;
      assertEquals(
          List.of(
              "its route to 10.98.0.0/16 via 192.0.2.1 table 100 metric 50 mtu 1300 advmss 1200"
                  + " scope 200 is gone or another"),
          pods.differences("first"));
    }
    Path state = directory.resolve("state/pods/first.json");
    Files.writeString(state, Files.readString(state).replaceFirst(",\"routes\":\\[.*\\]", ""));
    restart();
    assertEquals(List.of(), pods.differences("first"), "a record of an earlier version");
  }

  @Test
  void shouldShortenTheChannelsFolderWhereTheSocketsPathWouldBeTooLong() throws Exception {
    String name = "a".repeat(62);
    Path run = Path.of("/run/" + "r".repeat(107 - 5 - "/pods//app.sock".length() - 63));
    PodSettings settings =
        new PodSettings("x", run, Subnet.parse("10.77.0.0/16"), 1500, Optional.empty());
    assertEquals(run.resolve("pods/" + name + "b/app.sock"), settings.channelSocket(name + "b"));
    PodSettings longer =
        new PodSettings(
            "x", Path.of(run + "rrr"), Subnet.parse("10.77.0.0/16"), 1500, Optional.empty());
    Path first = longer.channelSocket(name + "b");
    Path second = longer.channelSocket(name + "c");
    assertEquals(107, first.toString().length());
    assertEquals(first, longer.channelSocket(name + "b"));
    assertFalse(first.equals(second), "names that differ in their last character only");
  }

  @Test
  void shouldTellHowThePodDiffersFromTheKernel() throws IOException {
    assertEquals(List.of("there is no pod 'first'"), pods.differences("first"));
    Pod pod = pods.attach(request("first"));
    String shown =
        "[{\"ifname\":\"tsn0\",\"flags\":[\"BROADCAST\",\"UP\"],\"address\":\""
            + pod.mac()
            + "\",\"addr_info\":[{\"local\":\"10.77.0.2\",\"prefixlen\":16}]}]";
    kernel.shown = shown;
    assertEquals(List.of(), pods.differences("first"));
    kernel.shown = shown.replace("\"UP\"", "\"M-DOWN\"");
    assertEquals(List.of("interface tsn0 is down"), pods.differences("first"));
    kernel.shown = shown.replace("10.77.0.2", "10.77.0.3");
    assertEquals(
        List.of("interface tsn0 has lost its address 10.77.0.2/16"), pods.differences("first"));
    kernel.shown = shown.replace(pod.mac().toString(), "02:00:00:00:00:01");
    assertEquals(1, pods.differences("first").size());
    kernel.shown = "";
    kernel.links.clear();
    assertEquals(2, pods.differences("first").size());
    kernel.links.add(pod.switchPort());
    Files.delete(pod.networkNamespace());
    assertTrue(pods.differences("first").getFirst().contains("is gone"));
  }

  private void restart() {
    pods.deactivate();
    pods = new NodePods(settings("10.77.0.0/16"), kernel, kernel);
    pods.bindSwitch(binder);
  }

  private PodRequest request(String name) {
    Path file = directory.resolve(name + ".ns");
    return new PodRequest(
        name,
        Optional.of(Files.exists(file) ? file : FakeKernel.namespace(directory, name + ".ns")),
        "tsn0",
        Optional.empty(),
        Optional.empty());
  }

  private static PodRequest inNamespace(Path file) {
    return new PodRequest("first", Optional.of(file), "tsn0", Optional.empty(), Optional.empty());
  }

  private void assertRefused(PodRequest request, String words) {
    PodException refusal = assertThrows(PodException.class, () -> pods.attach(request));
    assertTrue(refusal.getMessage().contains(words), refusal.getMessage());
  }

  private void assertNothingLeft() throws IOException {
    assertEquals(List.of(), pods.pods());
    assertEquals(List.of(), List.copyOf(kernel.links));
    assertEquals(List.of(), List.copyOf(binder.ports));
    assertTrue(binder.pins.isEmpty());
    for (String left : List.of("pods", "state/pods")) {
      if (Files.exists(directory.resolve(left))) {
        try (Stream<Path> files = Files.list(directory.resolve(left))) {
          assertEquals(List.of(), files.toList());
        }
      }
    }
  }

  private PodSettings settings(String subnet) {
    return new PodSettings("x", directory, Subnet.parse(subnet), 1500, Optional.empty());
  }
}
