package org.ktsn.api.overlay;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.osgi.annotation.versioning.ProviderType;

/**
 * What nodes say of themselves to each other, whoever carries it. What others say is judged here,
 * and nothing of it is in force before. Any thread but the planner's; {@link #keep} waits for the
 * disk, and the others for nothing but each other.
 */
@ProviderType
public interface OverlayAnnouncements {
  /** No announcement has more octets. */
  int MAX_OCTETS = 128 * 1024;

  /** What is known of a node that announced itself. */
  enum State {
    /** It is there. */
    ANNOUNCED,
    /** It was there, and has gone without a farewell or is starting anew; its pods may be. */
    AWAY,
    /** Nobody has said it again since there was news again; it gives way to who is there. */
    UNCONFIRMED
  }

  /**
   * What a node says of itself.
   *
   * @param node its name, by which it is known to whoever carries it
   * @param place where it was said, for people: a topic
   * @param text the announcement; empty: the node has left
   * @param state whether the node is there
   */
  record Said(String node, String place, String text, State state) {}

  /** Returns what this node says of itself; empty if it takes no part. */
  Optional<String> own();

  /**
   * Tells whether an announcement is, or was, this node's own: another node may claim its name.
   *
   * @param text the announcement
   */
  boolean isOwn(String text);

  /**
   * Takes up what nodes say, as one change.
   *
   * @return what of it is not in force and was not told before, a sentence each
   */
  List<String> take(Collection<Said> said);

  /** Says whether nodes are there; a node that is not known is passed over. */
  void present(Collection<String> nodes, State state);

  /** Returns the names of the nodes that announced themselves. */
  Set<String> nodes();

  /**
   * Says what is wrong with something that can't be taken up, until it is said to be right.
   *
   * @param subject what it is about
   * @param sentence what is the matter, with the remedy; empty: nothing any more
   * @return as {@link #take}
   */
  List<String> refuse(String subject, Optional<String> sentence);

  /** Keeps over restarts what is known. */
  void keep();
}
