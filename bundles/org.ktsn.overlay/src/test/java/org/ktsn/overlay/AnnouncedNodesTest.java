package org.ktsn.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ktsn.api.overlay.OverlayAnnouncements.Said;
import org.ktsn.api.overlay.OverlayAnnouncements.State;
import org.ktsn.api.overlay.OverlayNetwork;
import org.ktsn.api.overlay.RemoteNode;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.api.pod.Pod;
import org.ktsn.testkit.MemoryStore;

/** Nodes that come, go, move and contradict each other, as they announce it. */
final class AnnouncedNodesTest {
  private static final String FILE =
      """
      {"network": "pods", "vni": 4097, "tunnel": "192.0.2.1", "announcements": true}""";

  @TempDir private Path folder;
  private final MemoryStore store = new MemoryStore();
  private final List<Optional<OverlayNetwork>> told = new ArrayList<>();
  private OverlayFiles overlay;

  @BeforeEach
  void begin() throws IOException {
    describe(FILE);
    restart();
  }

  private void restart() {
    overlay = new OverlayFiles(List.of(folder), store);
    overlay.bindObserver(told::add);
  }

  private void describe(String text) throws IOException {
    Files.writeString(folder.resolve("pods.overlay"), text);
    if (overlay != null) {
      overlay.update(folder.resolve("pods.overlay").toFile());
    }
  }

  /** A node whose id is its name, with a pod for each number. */
  private static String says(String id, int tunnel, int... pods) {
    return """
        {"id":"%s","tunnel":"192.0.2.%d","networks":[
          {"name":"pods","vni":4097,"subnets":["10.77.0.0/16"],"pods":[%s]}]}"""
        .formatted(
            id,
            tunnel,
            Arrays.stream(pods).mapToObj(AnnouncedNodesTest::pod).collect(Collectors.joining(",")));
  }

  private static String pod(int number) {
    return """
        {"name":"p%d","mac":"02:00:00:00:%02x:%02x","addresses":["10.77.%d.%d"]}"""
        .formatted(number, number / 256, number % 256, number / 256, number % 256);
  }

  private List<String> take(String node, String text) {
    return overlay.take(List.of(new Said(node, "ktsn/" + node, text, State.ANNOUNCED)));
  }

  private void takes(String node, String text) {
    assertEquals(List.of(), take(node, text));
  }

  @Test
  void shouldReachNoMoreNodesThanTheNetworkMayHaveWithThoseOfTheFile() throws IOException {
    describe(
        FILE.replace(
            "\"announcements\"",
            "\"nodes\": [{\"name\": \"filed\", \"tunnel\": \"192.0.3.1\", \"pods\": []}], \"announcements\""));
    List<Said> said = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      String tunnel = "10.1." + i / 250 + "." + (1 + i % 250);
      String text = says("n" + i, 2).replace("192.0.2.2", tunnel);
      said.add(new Said("n" + i, "ktsn/n" + i, text, State.ANNOUNCED));
    }
    overlay.take(said);
    assertEquals(1_000, overlay.network().orElseThrow().nodes().size());
    assertEquals(
        List.of(
            "node n999 is beyond the 1000 that the network may have with those of the file, and is"
                + " not reached; remove others"),
        overlay.refusals());
  }

  /** What is in force: each node with its tunnel and its pods. */
  private List<String> inForce() {
    return overlay.network().orElseThrow().nodes().stream()
        .map(
            node ->
                node.name()
                    + "@"
                    + node.tunnel().getHostAddress().replaceFirst(".*\\.", "")
                    + node.pods().stream().map(of -> of.name()).toList())
        .toList();
  }

  private static Pod own(int number) {
    return own("own", number, List.of("10.77.0." + number + "/16"));
  }

  private static Pod own(String name, int number, List<String> addresses) {
    return new Pod(
        name,
        0,
        Path.of("/run/netns/own"),
        "tsn0",
        "v0-x",
        new MacAddress(0x02_00_00_00_00_00L + number),
        addresses,
        Path.of("/run/x/own/app.sock"));
  }

  @Test
  void shouldKnowItselfThoughEachPodHasASubnetOfItsOwn() {
    for (int i = 1; i <= 40; i++) {
      overlay.attached(own("o" + i, i, List.of("10.77." + i + ".1/24", "fd77:" + i + "::1/64")));
    }
    String said = overlay.own().orElseThrow();
    assertTrue(overlay.isOwn(said));
    assertEquals(40, AnnouncementReader.read(said).pods());
    assertEquals(List.of(), overlay.troubles());
  }

  @Test
  void shouldAnnounceNothingThatOthersWouldRefuseAndSayWhy() {
    overlay.attached(own(1));
    String said = overlay.own().orElseThrow();
    List<String> many = IntStream.range(1, 18).mapToObj(i -> "10.77.1." + i + "/16").toList();
    overlay.attached(own("many", 2, many));
    assertEquals(said, overlay.own().orElseThrow());
    assertTrue(overlay.isOwn(said));
    String refusal =
        "this node does not announce what is new of it, because others would refuse it:"
            + " /networks/0/pods/0/addresses: has 17 entries; give 16 at most; what it announced"
            + " before stands";
    assertEquals(List.of(refusal), overlay.refusals());
    takes("east", says("e", 2, 7));
    assertEquals(List.of(refusal), overlay.refusals());
    overlay.attached(own("many", 2, many.subList(1, 17)));
    assertEquals(2, AnnouncementReader.read(overlay.own().orElseThrow()).pods());
    assertEquals(List.of(), overlay.refusals());
  }

  @Test
  void shouldTellAThousandRefusalsAndHowManyMoreThereAre() {
    int[] pods = IntStream.rangeClosed(1, Judgement.MAX_REFUSALS + 10).toArray();
    takes("east", says("e", 2, pods));
    List<String> refusals = take("north", says("n", 3, pods));
    assertEquals(Judgement.MAX_REFUSALS + 1, refusals.size());
    assertTrue(refusals.getLast().startsWith("and 10 more of what"), refusals.getLast());
    assertEquals(refusals, overlay.refusals());
    // Nothing of that is forgotten, and nothing of it is news.
    assertEquals(List.of(), take("south", says("s", 4, 2_000)));
    overlay.keep();
    restart();
    assertEquals(Judgement.MAX_REFUSALS + 1, overlay.refusals().size());
  }

  @Test
  void shouldFollowNodesThatJoinChangeMoveAndLeave() {
    assertEquals(List.of(), inForce());
    takes("east", says("e", 2, 1, 2));
    takes("north", says("n", 3, 3));
    assertEquals(List.of("east@2[p1, p2]", "north@3[p3]"), inForce());
    takes("east", says("e", 2, 2, 4));
    assertEquals(List.of("east@2[p2, p4]", "north@3[p3]"), inForce());
    takes("east", says("e", 9, 2, 4));
    assertEquals(List.of("east@9[p2, p4]", "north@3[p3]"), inForce());
    takes("north", "");
    assertEquals(List.of("east@9[p2, p4]"), inForce());
    takes("north", says("n2", 7, 8));
    assertEquals(List.of("east@9[p2, p4]", "north@7[p8]"), inForce());
    assertEquals(7, told.size(), "once for each");
    takes("north", says("n2", 7, 8));
    assertEquals(7, told.size(), "and not again for the same");
  }

  @Test
  void shouldTakeManyAsOneChange() {
    overlay.take(
        IntStream.range(0, 50)
            .mapToObj(i -> new Said("n" + i, "x", says("n" + i, 10 + i, 1 + i), State.ANNOUNCED))
            .toList());
    assertEquals(50, inForce().size());
    assertEquals(2, told.size());
  }

  @Test
  void shouldPassOverNodesOfOtherNetworks() {
    takes("east", says("e", 2, 1).replace("4097", "4098"));
    assertEquals(List.of(), inForce());
    assertEquals(Set.of("east"), overlay.nodes());
  }

  @Test
  void shouldLeaveAnAddressToWhoHadItFirstAndTellTheOther() {
    takes("east", says("e", 2, 1));
    assertEquals(
        List.of(
            "pod 'p1' of node north claims 02:00:00:00:00:01, which pod 'p1' of node east has, and"
                + " is not reached; give one of the two another address"),
        take("north", says("n", 3, 1, 2)));
    assertEquals(List.of("east@2[p1]", "north@3[p2]"), inForce());
    assertEquals(1, overlay.troubles().size());
    // It is the first one's whatever else that says, and whoever comes first in a list.
    takes("east", says("e", 2, 5, 1));
    assertEquals(List.of("east@2[p5, p1]", "north@3[p2]"), inForce());
    // And the other's when the first one has it no more.
    takes("east", says("e", 2, 5));
    assertEquals(List.of("east@2[p5]", "north@3[p1, p2]"), inForce());
    assertEquals(List.of(), overlay.refusals());
    // Now that is the first one.
    assertEquals(1, take("east", says("e", 2, 1)).size());
    assertEquals(List.of("east@2[]", "north@3[p1, p2]"), inForce());
  }

  @Test
  void shouldLeaveATunnelAddressToWhoHadItFirst() {
    takes("east", says("e", 2, 1));
    assertEquals(
        List.of(
            "node north announces the tunnel address 192.0.2.2, which node east has, and is not"
                + " reached; give one of the two another"),
        take("north", says("n", 2, 2)));
    assertEquals(
        List.of(
            "node south announces the tunnel address 192.0.2.1, which this node has, and is not"
                + " reached; give one of the two another"),
        take("south", says("s", 1, 3)));
    assertEquals(List.of("east@2[p1]"), inForce());
    takes("east", says("e", 4, 1));
    assertEquals(List.of("east@4[p1]", "north@2[p2]"), inForce());
  }

  @Test
  void shouldLeaveANameToWhoHadItFirstUntilThatLeaves() {
    takes("east", says("e", 2, 1));
    List<String> refusals = take("east", says("other", 3, 2));
    assertEquals(1, refusals.size());
    assertTrue(
        refusals
            .getFirst()
            .startsWith(
                "ktsn/east: another node, with the tunnel address 192.0.2.3, claims the name east"
                    + " of the one with 192.0.2.2 and is not reached; give it a name of its own"),
        refusals.getFirst());
    assertEquals(List.of("east@2[p1]"), inForce());
    assertEquals(List.of(), take("east", says("other", 3, 2)), "told once");
    takes("east", says("e", 2, 1));
    assertEquals(List.of(), overlay.refusals());
    takes("east", "");
    takes("east", says("other", 3, 2));
    assertEquals(List.of("east@3[p2]"), inForce());
  }

  @Test
  void shouldKeepWhatANodeSaidBeforeWhenItSaysNonsense() {
    takes("east", says("e", 2, 1));
    List<String> refusals = take("east", says("e", 2, 1).replace("4097", "0"));
    assertEquals(
        List.of(
            "ktsn/east: /networks/0/vni: is 0; give a number from 1 to 16777215; what node east"
                + " said before stays in force"),
        refusals);
    assertEquals(List.of("east@2[p1]"), inForce());
    assertEquals("node east", overlay.troubles().getFirst().subject());
    takes("east", says("e", 2, 2));
    assertEquals(List.of(), overlay.troubles());
  }

  @Test
  void shouldGiveThisNodesOwnPodsPrecedence() {
    takes("east", says("e", 2, 1, 2));
    overlay.attached(own(1));
    assertEquals(List.of("east@2[p2]"), inForce());
    assertTrue(overlay.refusals().getFirst().contains("which pod 'own' of this node has"));
    overlay.detached(own(1));
    assertEquals(List.of("east@2[p1, p2]"), inForce());
  }

  @Test
  void shouldGiveTheFilePrecedence() throws IOException {
    takes("east", says("e", 2, 1));
    describe(
        FILE.replace(
            "}",
            """
            , "nodes": [{"name": "east", "tunnel": "192.0.2.5", "pods": [
              {"name": "f", "mac": "02:00:00:00:00:03", "addresses": ["10.77.0.3"]}]}]}"""));
    assertEquals(List.of("east@5[f]"), inForce());
    assertTrue(
        overlay.refusals().getFirst().startsWith("node east announces itself, and a file says"),
        overlay.refusals().toString());
    assertEquals(1, take("north", says("n", 5, 9)).size(), "the file's tunnel");
    assertEquals(1, take("south", says("s", 6, 3, 4)).size(), "the file's pod");
    assertEquals(List.of("east@5[f]", "south@6[p4]"), inForce());
    describe(FILE);
    assertEquals(List.of("east@2[p1]", "north@5[p9]", "south@6[p3, p4]"), inForce());
  }

  @Test
  void shouldRefuseTunnelsOfAnotherFamily() {
    String six = says("e", 2, 1).replace("192.0.2.2", "2001:db8::2");
    assertTrue(take("east", six).getFirst().contains("of another family than this node's"));
    assertEquals(List.of(), inForce());
  }

  @Test
  void shouldHearNobodyUnlessTheFileAsksForIt() throws IOException {
    takes("east", says("e", 2, 1));
    describe(FILE.replace("true", "false"));
    assertEquals(List.of(), inForce());
    assertEquals(Optional.empty(), overlay.own());
    describe(FILE);
    assertEquals(List.of("east@2[p1]"), inForce());
    Files.delete(folder.resolve("pods.overlay"));
    overlay.uninstall(folder.resolve("pods.overlay").toFile());
    assertEquals(Optional.empty(), overlay.network());
    assertEquals(Optional.empty(), overlay.own());
  }

  @Test
  void shouldSayWhatThisNodeIsWhenThatChangesAndOnlyThen() throws IOException {
    List<Optional<String>> said = new ArrayList<>();
    overlay.bindAnnouncer(() -> said.add(overlay.own()));
    overlay.attached(own(1));
    takes("east", says("e", 2, 7));
    overlay.attached(own(1));
    describe(FILE.replace("192.0.2.1", "192.0.2.8"));
    overlay.detached(own(1));
    assertEquals(4, said.size());
    List<AnnouncedNode> read =
        said.stream().map(text -> AnnouncementReader.read(text.orElseThrow())).toList();
    assertEquals(List.of(0, 1, 1, 0), read.stream().map(AnnouncedNode::pods).toList());
    assertEquals(InetAddress.ofLiteral("192.0.2.8"), read.getLast().tunnel());
    assertEquals(1, read.stream().map(AnnouncedNode::id).distinct().count());
    assertTrue(overlay.isOwn(said.getFirst().orElseThrow()), "it has moved since");
    assertTrue(overlay.isOwn(says("forgotten", 8)), "it has forgotten its id");
    assertFalse(overlay.isOwn(says("e", 2, 7)));
    assertFalse(overlay.isOwn("nonsense"));
  }

  @Test
  void shouldKeepThePodsOfANodeThatIsAway() {
    takes("east", says("e", 2, 1));
    overlay.present(List.of("east", "nobody"), State.AWAY);
    assertEquals(Map.of("east", State.AWAY), overlay.announced());
    assertEquals(List.of("east@2[p1]"), inForce());
    assertEquals(2, told.size(), "nothing that carries frames is another");
    overlay.present(List.of("east"), State.ANNOUNCED);
    assertEquals(Map.of("east", State.ANNOUNCED), overlay.announced());
  }

  @Test
  void shouldHaveWhoIsNotConfirmedGiveWayToWhoIs() {
    takes("east", says("e", 2, 1));
    takes("north", says("n", 3, 4));
    overlay.present(List.of("east"), State.UNCONFIRMED);
    assertEquals(List.of("north@3[p4]", "east@2[p1]"), inForce());
    assertEquals(1, take("south", says("s", 4, 1)).size());
    assertEquals(List.of("north@3[p4]", "south@4[p1]", "east@2[]"), inForce());
  }

  @Test
  void shouldKnowOverARestartWhoWasThereAndWhoWasFirst() {
    takes("north", says("n", 3, 4));
    takes("east", says("e", 2, 1));
    take("north", says("n", 3, 4, 1));
    takes("east", says("e", 2, 1, 5));
    List<String> before = inForce();
    assertEquals(List.of("north@3[p4]", "east@2[p1, p5]"), before);
    overlay.keep();
    String own = overlay.own().orElseThrow();
    told.clear();
    restart();
    assertEquals(before, inForce());
    assertEquals(List.of(overlay.network()), told, "nobody is told of less meanwhile");
    assertEquals(own, overlay.own().orElseThrow(), "it knows its id");
    take("north", says("n", 3, 4, 1));
    assertEquals(before, inForce());
  }

  @Test
  void shouldBeginAnewWhenWhatItKeptCantBeUsed() {
    store.documents().put(Kept.DOCUMENT, "{\"nodes\": 7}");
    restart();
    assertEquals(List.of(), inForce());
    assertTrue(store.documents().containsKey(Kept.DOCUMENT + ".broken"));
    store.fill();
    overlay.keep();
    takes("east", says("e", 2, 1));
    assertEquals(List.of("east@2[p1]"), inForce());
  }

  @Test
  void shouldTakeNoMoreNodesThanItHasRoomFor() {
    overlay.take(
        IntStream.range(0, Neighbours.MAX_NODES)
            .mapToObj(i -> new Said("n" + i, "x", many(i), State.ANNOUNCED))
            .toList());
    assertEquals(Neighbours.MAX_NODES, inForce().size());
    assertEquals(
        List.of(
            "ktsn/late: node late is one more than the 1000 that are known and is not reached;"
                + " take nodes out of the network"),
        take("late", many(2_000)));
    takes("n5", "");
    assertEquals(List.of(), take("late", many(2_000)));
    assertEquals(Neighbours.MAX_NODES, inForce().size());
  }

  private static String many(int number) {
    return says("n" + number, 2)
        .replace("192.0.2.2", "10.200." + number / 250 + "." + (1 + number % 250));
  }

  @Test
  void shouldSayWhatIsWrongElsewhereUntilItIsRight() {
    assertEquals(List.of("no"), overlay.refuse("x", Optional.of("no")));
    assertEquals(List.of(), overlay.refuse("x", Optional.of("no")));
    assertEquals(List.of("no"), overlay.refusals());
    assertEquals(List.of(), overlay.refuse("x", Optional.empty()));
    assertEquals(List.of(), overlay.refusals());
  }

  @Test
  void shouldHandOnTheSameOfNodesThatDidNotChange() {
    takes("east", says("e", 2, 1, 2));
    RemoteNode east = overlay.network().orElseThrow().nodes().getFirst();
    takes("north", says("n", 3, 3));
    assertSame(east.pods(), overlay.network().orElseThrow().nodes().getFirst().pods());
  }
}
