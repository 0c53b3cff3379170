package org.ktsn.overlay;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.ktsn.api.health.Trouble;
import org.ktsn.api.overlay.OverlayAnnouncements.Said;
import org.ktsn.api.overlay.OverlayAnnouncements.State;

/**
 * The nodes that announced themselves, by their names, the first one first. An announcement that is
 * wrong changes nothing and is told; a name is the node's that had it first, until it leaves. One
 * thread.
 */
final class Neighbours {
  static final int MAX_NODES = 1_000;
  static final int MAX_PODS = 200_000;
  private static final int MAX_REFUSALS = 1_000;

  /**
   * A node.
   *
   * @param text what it said
   * @param node what that means
   */
  record Neighbour(String text, AnnouncedNode node, State state) {}

  private final Map<String, Neighbour> nodes = new LinkedHashMap<>();
  private final Map<String, String> refusals = new TreeMap<>();
  private int pods;

  /** Takes up what a node says; returns whether anything is another now. */
  boolean take(Said said) {
    String name = said.node();
    boolean wasRefused = refusals.remove(name) != null;
    if (said.text().isEmpty()) {
      return remove(name) || wasRefused;
    }
    Optional<Neighbour> known = Optional.ofNullable(nodes.get(name));
    if (known.isPresent() && known.get().text().equals(said.text())) {
      return present(name, said.state()) || wasRefused;
    }
    try {
      AnnouncedNode node = AnnouncementReader.read(said.text());
      Optional<String> refusal = refusal(name, node, known);
      if (refusal.isEmpty()) {
        put(name, new Neighbour(said.text(), node, said.state()));
      } else {
        refuse(name, said.place() + ": " + refusal.get());
      }
    } catch (OverlayException e) {
      refuse(
          name,
          said.place()
              + ": "
              + e.getMessage()
              + "; what node "
              + name
              + " said before stays in force");
    }
    return true;
  }

  private Optional<String> refusal(String name, AnnouncedNode node, Optional<Neighbour> known) {
    if (!Values.isName(name)) {
      return Optional.of("the name of the node can't be used; name it as a pod is named");
    }
    if (known.isPresent() && !known.get().node().isSameNode(node)) {
      return Optional.of(
          "another node, with the tunnel address "
              + node.tunnel().getHostAddress()
              + ", claims the name "
              + name
              + " of the one with "
              + known.get().node().tunnel().getHostAddress()
              + " and is not reached; give it a name of its own, or, if the former one is no more,"
              + " publish an empty retained message there");
    }
    if (known.isEmpty() && nodes.size() >= MAX_NODES) {
      return Optional.of(
          "node "
              + name
              + " is one more than the "
              + MAX_NODES
              + " that are known and is not reached; take nodes out of the network");
    }
    if (pods - known.map(of -> of.node().pods()).orElse(0) + node.pods() > MAX_PODS) {
      return Optional.of(
          "with the pods of node "
              + name
              + " there would be more than "
              + MAX_PODS
              + ", and what it says is not in force; have fewer pods in the network");
    }
    return Optional.empty();
  }

  private void put(String name, Neighbour neighbour) {
    pods += neighbour.node().pods();
    Neighbour former = nodes.put(name, neighbour);
    pods -= former == null ? 0 : former.node().pods();
  }

  private boolean remove(String name) {
    Neighbour former = nodes.remove(name);
    pods -= former == null ? 0 : former.node().pods();
    return former != null;
  }

  /** Says whether a node is there; returns whether that was not known. */
  boolean present(String name, State state) {
    Neighbour known = nodes.get(name);
    if (known == null || known.state() == state) {
      return false;
    }
    nodes.put(name, new Neighbour(known.text(), known.node(), state));
    return true;
  }

  private void refuse(String name, String sentence) {
    if (refusals.size() < MAX_REFUSALS || refusals.containsKey(name)) {
      refusals.put(name, sentence);
    }
  }

  Map<String, Neighbour> nodes() {
    return nodes;
  }

  Map<String, State> states() {
    Map<String, State> states = new HashMap<>();
    nodes.forEach((name, neighbour) -> states.put(name, neighbour.state()));
    return Map.copyOf(states);
  }

  List<Trouble> troubles() {
    List<Trouble> troubles = new ArrayList<>();
    refusals.forEach((name, sentence) -> troubles.add(new Trouble("node " + name, sentence)));
    return troubles;
  }
}
