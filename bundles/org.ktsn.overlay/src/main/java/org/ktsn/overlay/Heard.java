package org.ktsn.overlay;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.ktsn.api.health.Trouble;
import org.ktsn.api.overlay.OverlayAnnouncements.Said;
import org.ktsn.api.overlay.OverlayAnnouncements.State;
import org.ktsn.api.pod.Pod;

/**
 * What other nodes were heard to say of themselves, who of them has what, and what is wrong with
 * it. One thread.
 */
final class Heard {
  private static final int MAX_REFUSALS = 1_000;

  private final Neighbours neighbours = new Neighbours();

  /** What is wrong elsewhere, by what it is about. */
  private final Map<String, String> refusals = new TreeMap<>();

  /** Nodes, and pods as {@code NODE/POD}, that are not in force. */
  private Set<String> refused;

  private Owners owners = new Owners();

  /** Begins with what was kept. */
  Heard(Kept kept) {
    refused = kept.refused();
    kept.said().forEach(this::restore);
  }

  private void restore(String name, String text) {
    if (neighbours.take(new Said(name, Kept.DOCUMENT, text, State.ANNOUNCED))) {
      Optional.ofNullable(neighbours.nodes().get(name))
          .filter(node -> !refused.contains(name))
          .ifPresent(node -> owners.restore(name, node.node(), refused));
    }
  }

  /** Takes up what nodes say; returns whether anything is another now. */
  boolean take(Collection<Said> said) {
    boolean changed = false;
    for (Said each : said) {
      changed |= neighbours.take(each);
    }
    return changed;
  }

  /** Says whether nodes are there; returns whether that was not known of one. */
  boolean present(Collection<String> nodes, State state) {
    boolean changed = false;
    for (String node : nodes) {
      changed |= neighbours.present(node, state);
    }
    return changed;
  }

  /** Says what is wrong with something, or nothing any more; returns whether that is news. */
  boolean refuse(String subject, Optional<String> sentence) {
    Optional<String> before = Optional.ofNullable(refusals.get(subject));
    if (before.equals(sentence) || (before.isEmpty() && refusals.size() >= MAX_REFUSALS)) {
      return false;
    }
    sentence.ifPresentOrElse(text -> refusals.put(subject, text), () -> refusals.remove(subject));
    return true;
  }

  Set<String> nodes() {
    return Set.copyOf(neighbours.nodes().keySet());
  }

  Map<String, State> states() {
    return neighbours.states();
  }

  /** Judges what is in force beside the node's own pods and what the file says. */
  Judgement judge(Description description, Collection<Pod> own, List<Trouble> troubles) {
    Judgement judgement = Judgement.of(description.network(), own, neighbours.nodes(), owners);
    owners = judgement.owners();
    refused = judgement.refused();
    troubles.addAll(neighbours.troubles());
    refusals.forEach((subject, sentence) -> troubles.add(new Trouble(subject, sentence)));
    return judgement;
  }

  /** Returns what is to be kept of it. */
  Kept kept(String id) {
    Map<String, String> said = new LinkedHashMap<>();
    neighbours.nodes().forEach((name, node) -> said.put(name, node.text()));
    return new Kept(Optional.of(id), said, refused);
  }
}
