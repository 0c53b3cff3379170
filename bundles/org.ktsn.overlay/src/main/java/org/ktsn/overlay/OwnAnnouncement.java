package org.ktsn.overlay;

import java.util.Collection;
import java.util.Optional;
import org.ktsn.api.health.Trouble;
import org.ktsn.api.pod.Pod;

/**
 * What this node says of itself: nothing that other nodes would refuse. One thread changes it, any
 * may ask.
 */
final class OwnAnnouncement {
  private record Own(String text, AnnouncedNode node) {}

  private final String id;
  private volatile Optional<Own> own = Optional.empty();
  private Optional<String> refused = Optional.empty();
  private Optional<Trouble> trouble = Optional.empty();

  /**
   * Says nothing yet.
   *
   * @param id by which this node is known again, whatever its name and its tunnel are then
   */
  OwnAnnouncement(String id) {
    this.id = id;
  }

  String id() {
    return id;
  }

  Optional<String> text() {
    return own.map(Own::text);
  }

  /** Returns why it is not the latest that is said. */
  Optional<Trouble> trouble() {
    return trouble;
  }

  /** Tells whether an announcement is, or was, this node's. */
  boolean isOwn(String announcement) {
    Optional<Own> present = own; // it may be none meanwhile
    try {
      return present.isPresent()
          && present.get().node().isSameNode(AnnouncementReader.read(announcement));
    } catch (OverlayException e) {
      return false;
    }
  }

  /**
   * Says what the node is like now, if its description asks for that; returns whether anything else
   * is said than before.
   */
  boolean update(Optional<Description> description, Collection<Pod> pods) {
    Optional<String> next =
        description
            .filter(Description::announcements)
            .map(of -> AnnouncementWriter.write(id, of.network(), pods));
    if (refused.isPresent() && refused.equals(next)) {
      return false;
    }
    refused = Optional.empty();
    trouble = Optional.empty();
    if (next.equals(text())) {
      return false;
    }
    try {
      own = next.map(text -> new Own(text, AnnouncementReader.read(text)));
      return true;
    } catch (OverlayException e) {
      refused = next;
      trouble =
          Optional.of(
              new Trouble(
                  "announcement of this node",
                  "this node does not announce what is new of it, because others would refuse it: "
                      + e.getMessage()
                      + "; what it announced before stands"));
      return false;
    }
  }
}
