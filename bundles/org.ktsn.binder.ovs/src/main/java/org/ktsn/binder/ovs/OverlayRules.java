package org.ktsn.binder.ovs;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import org.ktsn.api.overlay.OverlayNetwork;
import org.ktsn.api.overlay.RemoteNode;
import org.ktsn.api.overlay.RemotePod;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.binder.ovs.Meaning.Purpose;

/**
 * Where frames go that leave the node, and where those go that come from other nodes. Nothing of it
 * is learned, and nothing is flooded.
 *
 * <p>Three tables: in the first one, frames from a tunnel are judged by where they come from, and
 * launched ones find their way; {@link #DELIVERY} sends what pods may send to the node that has its
 * destination, and answers who asks for a remote pod's MAC address; {@link #ARRIVAL} gives frames
 * from other nodes to the pods of this one, and to nobody else.
 *
 * <p>What goes to a group goes to each node that has pods of the network, in a copy of its own.
 *
 * <p>Each rule bears a cookie by which it is recognised: 16 bits that stand for these rules, 48 for
 * what it says.
 *
 * @param network empty: pods' network ends at this node
 * @param tunnelPort the OpenFlow number of the port of the tunnels; 0: there is none
 * @param ownPort the OpenFlow number of KTSNd's port; 0: there is none
 * @param pods the OpenFlow number of each pod's port, by the pod's address
 */
record OverlayRules(
    Optional<OverlayNetwork> network, int tunnelPort, int ownPort, Map<MacAddress, Integer> pods) {
  /** What the cookies of these rules have in common. */
  static final long COOKIE = 0x4b56_0000_0000_0000L;

  static final long COOKIE_MASK = 0xffff_0000_0000_0000L;

  /** The table for what pods send. */
  static final int DELIVERY = 1;

  /** The table for what came from other nodes. */
  static final int ARRIVAL = 2;

  private static final int FIRST = 0;

  // Of the first table.
  private static final int LAUNCHED_PRIORITY = 0x0800;
  private static final int LAUNCHED_TAGGED_PRIORITY = 0x1002;
  private static final int STRANGER_PRIORITY = 0x3000;
  private static final int KNOWN_PRIORITY = 0x3001;

  // Of the others.
  private static final int REST_PRIORITY = 0;
  private static final int DESTINATION_PRIORITY = 0x10;
  private static final int QUESTION_PRIORITY = 0x20;

  private static final int ARP_REQUEST = 1;
  private static final int ARP_REPLY = 2;
  private static final int NEIGHBOUR_SOLICITATION = 135;

  /** What to do where there is no overlay: nothing. */
  static final OverlayRules NONE = new OverlayRules(Optional.empty(), 0, 0, Map.of());

  OverlayRules {
    pods = Map.copyOf(pods);
  }

  /** What to do while nobody has said what the overlay is like: take nothing from the tunnels. */
  static OverlayRules shut(int tunnelPort) {
    return new OverlayRules(Optional.empty(), tunnelPort, 0, Map.of());
  }

  /**
   * A part of the rules, which follows from nothing but what it consists of: those about a node's
   * pods, or, without a node, the others.
   *
   * @param basis what the rules are for, without other nodes; for a part about a node without what
   *     is nothing to it
   */
  record Part(OverlayRules basis, Optional<RemoteNode> node) {
    /** Returns the message that adds each rule, by the rule's cookie. */
    Map<Long, IntFunction<ByteBuffer>> messages() {
      return rules().messages;
    }

    /** Returns what each rule is for, by the rule's cookie. */
    Map<Long, Meaning> meanings() {
      return rules().meanings;
    }

    private Rules rules() {
      Rules rules = new Rules();
      node.ifPresentOrElse(of -> basis.addNode(of, rules), () -> basis.addCommon(rules));
      return rules;
    }
  }

  /** Returns all parts. */
  List<Part> parts() {
    List<Part> parts = new ArrayList<>();
    parts.add(
        new Part(
            new OverlayRules(network.map(OverlayRules::members), tunnelPort, ownPort, pods),
            Optional.empty()));
    if (tunnelPort > 0 && network.isPresent()) {
      OverlayRules basis =
          new OverlayRules(network.map(OverlayRules::without), tunnelPort, ownPort, Map.of());
      for (RemoteNode node : network.get().nodes()) {
        parts.add(new Part(basis, Optional.of(node)));
      }
    }
    return parts;
  }

  /** Returns the message that adds each rule, by the rule's cookie. */
  Map<Long, IntFunction<ByteBuffer>> messages() {
    Map<Long, IntFunction<ByteBuffer>> messages = new HashMap<>();
    parts().forEach(part -> messages.putAll(part.messages()));
    return messages;
  }

  /** Returns what each rule is for, by the rule's cookie. */
  Map<Long, Meaning> meanings() {
    Map<Long, Meaning> meanings = new HashMap<>();
    parts().forEach(part -> meanings.putAll(part.meanings()));
    return meanings;
  }

  private void addCommon(Rules rules) {
    if (tunnelPort > 0) {
      rules.are(Purpose.DROP_STRANGER);
      rules.add(
          FIRST,
          STRANGER_PRIORITY,
          () -> new OpenFlow.Match().inPort(tunnelPort),
          Actions::new); // dropped
    }
    network.ifPresent(
        of -> {
          rules.are(Purpose.SPREAD);
          // Whatever becomes of the tunnels, pods of this node reach each other.
          rules.add(
              DELIVERY,
              REST_PRIORITY,
              OpenFlow.Match::new,
              () -> new Actions().output(OpenFlow.NORMAL_PORT));
          if (tunnelPort > 0) {
            addGroups(of, rules);
            addArrivals(rules);
          }
        });
  }

  private void addGroups(OverlayNetwork of, Rules rules) {
    if (ownPort > 0) {
      rules.goOn(LAUNCHED_PRIORITY, () -> new OpenFlow.Match().inPort(ownPort), DELIVERY);
    }
    rules.add(
        DELIVERY,
        DESTINATION_PRIORITY,
        () -> new OpenFlow.Match().toGroup(),
        () -> toAll(new Actions().output(OpenFlow.NORMAL_PORT), of));
    if (ownPort > 0) {
      rules.add(
          FIRST,
          LAUNCHED_TAGGED_PRIORITY,
          () -> new OpenFlow.Match().inPort(ownPort).toGroup().tagged(),
          () -> toAll(new Actions().output(OpenFlow.FLOOD_PORT), of));
    }
  }

  private void addNode(RemoteNode node, Rules rules) {
    OverlayNetwork of = network.orElseThrow();
    for (RemotePod pod : node.pods()) {
      rules.are(Purpose.SEND, node, pod);
      addDestination(of, node, pod, rules);
      rules.are(Purpose.ASK, node, pod);
      for (InetAddress address : pod.addresses()) {
        addQuestion(of, node, pod, address, rules);
      }
      rules.are(Purpose.TAKE, node, pod);
      rules.goOn(
          KNOWN_PRIORITY,
          () ->
              new OpenFlow.Match()
                  .inPort(tunnelPort)
                  .ethernetSource(pod.mac().value())
                  .tunnelId(of.vni())
                  .tunnelSource(node.tunnel()),
          ARRIVAL);
    }
  }

  /** Returns the network with the tunnels of the nodes that have pods, and without the pods. */
  private static OverlayNetwork members(OverlayNetwork of) {
    return with(
        of,
        of.nodes().stream()
            .filter(node -> !node.pods().isEmpty())
            .map(node -> new RemoteNode(node.name(), node.tunnel(), List.of()))
            .toList());
  }

  private static OverlayNetwork without(OverlayNetwork of) {
    return with(of, List.of());
  }

  private static OverlayNetwork with(OverlayNetwork of, List<RemoteNode> nodes) {
    return new OverlayNetwork(of.name(), of.vni(), of.tunnel(), of.underlayMtuOctets(), nodes);
  }

  private void addDestination(OverlayNetwork of, RemoteNode node, RemotePod pod, Rules rules) {
    Supplier<Actions> tunnel = () -> new Actions().tunnel(tunnelPort, of.vni(), node.tunnel());
    rules.add(
        DELIVERY,
        DESTINATION_PRIORITY,
        () -> new OpenFlow.Match().ethernetDestination(pod.mac().value()),
        tunnel);
    if (ownPort > 0) {
      rules.add(
          FIRST,
          LAUNCHED_TAGGED_PRIORITY,
          () ->
              new OpenFlow.Match().inPort(ownPort).ethernetDestination(pod.mac().value()).tagged(),
          tunnel);
    }
  }

  /** Who has an address: of IPv4 this node answers; of IPv6 the pod itself does, and only it. */
  private void addQuestion(
      OverlayNetwork of, RemoteNode node, RemotePod pod, InetAddress address, Rules rules) {
    if (address instanceof Inet4Address) {
      rules.add(
          DELIVERY,
          QUESTION_PRIORITY,
          () ->
              new OpenFlow.Match()
                  .ethernetType(OpenFlow.ETHERNET_ARP)
                  .arpOperation(ARP_REQUEST)
                  .arpTarget(address),
          () -> answer(pod.mac(), address));
    } else {
      rules.add(
          DELIVERY,
          QUESTION_PRIORITY,
          () ->
              new OpenFlow.Match()
                  .ethernetType(OpenFlow.ETHERNET_IPV6)
                  .icmpv6Type(NEIGHBOUR_SOLICITATION)
                  .neighbourTarget(address),
          () -> new Actions().tunnel(tunnelPort, of.vni(), node.tunnel()));
    }
  }

  /** Makes of an ARP request the reply to it (RFC 826). */
  private static Actions answer(MacAddress mac, InetAddress address) {
    return new Actions()
        .copy(Field.ETHERNET_SOURCE, Field.ETHERNET_DESTINATION)
        .set(Field.ETHERNET_SOURCE, mac.value())
        .set(Field.ARP_OPERATION, ARP_REPLY)
        .copy(Field.ARP_SENDER_MAC, Field.ARP_TARGET_MAC)
        .copy(Field.ARP_SENDER_ADDRESS, Field.ARP_TARGET_ADDRESS)
        .set(Field.ARP_SENDER_MAC, mac.value())
        .set(Field.ARP_SENDER_ADDRESS, address.getAddress())
        .reply();
  }

  private Actions toAll(Actions first, OverlayNetwork of) {
    of.nodes().forEach(node -> first.tunnel(tunnelPort, of.vni(), node.tunnel()));
    return first;
  }

  private void addArrivals(Rules rules) {
    rules.are(Purpose.DROP_UNKNOWN);
    rules.add(ARRIVAL, REST_PRIORITY, OpenFlow.Match::new, Actions::new); // to have it counted
    rules.are(Purpose.DELIVER);
    // In an order of their own, so that the same pods make the same rule.
    Map<Long, Integer> ports = new TreeMap<>();
    pods.forEach((mac, port) -> ports.put(mac.value(), port));
    ports.forEach(
        (mac, port) ->
            rules.add(
                ARRIVAL,
                DESTINATION_PRIORITY,
                () -> new OpenFlow.Match().ethernetDestination(mac),
                () -> new Actions().output(port)));
    rules.add(
        ARRIVAL,
        DESTINATION_PRIORITY,
        () -> new OpenFlow.Match().toGroup(),
        () -> {
          Actions all = new Actions();
          ports.values().forEach(all::output);
          return all;
        });
  }

  /** Rules by their cookies, which follow from what they say. */
  private static final class Rules {
    private final Map<Long, IntFunction<ByteBuffer>> messages = new HashMap<>();
    private final Map<Long, Meaning> meanings = new HashMap<>();
    private Meaning meaning = Meaning.of(Purpose.SPREAD);

    /** Says what the next ones are for. */
    void are(Purpose purpose) {
      meaning = Meaning.of(purpose);
    }

    /** Says what the next ones are for. */
    void are(Purpose purpose, RemoteNode node, RemotePod pod) {
      meaning = new Meaning(purpose, node.name(), pod.name());
    }

    void add(int table, int priority, Supplier<OpenFlow.Match> match, Supplier<Actions> actions) {
      put((xid, cookie) -> OpenFlow.act(xid, cookie, table, priority, match.get(), actions.get()));
    }

    void goOn(int priority, Supplier<OpenFlow.Match> match, int table) {
      put((xid, cookie) -> OpenFlow.goOn(xid, cookie, priority, match.get(), table));
    }

    private void put(Message message) {
      ByteBuffer plain = message.of(0, 0);
      CRC32 digest = new CRC32();
      digest.update(plain.duplicate());
      CRC32C more = new CRC32C();
      more.update(plain);
      long cookie = COOKIE | (digest.getValue() << 16) | (more.getValue() & 0xffff);
      messages.put(cookie, xid -> message.of(xid, cookie));
      meanings.put(cookie, meaning);
    }
  }

  @FunctionalInterface
  private interface Message {
    ByteBuffer of(int xid, long cookie);
  }
}
