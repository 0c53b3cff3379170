package org.ktsn.overlay.mqtt;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * What stands on the node's own topic, and whether the node has to say something there. A node says
 * it when it has seen, after each connection, what stands there: a name belongs to the node that
 * had it first. One thread.
 */
final class OwnTopic {
  /** So often, at most, is said again what another has overwritten. */
  static final long AGAIN_NS = 60_000_000_000L;

  private Optional<String> said = Optional.empty();
  private boolean settled;
  private boolean confirmed;
  private boolean withheld;
  private boolean overwritten;
  private long saidNs;

  /** There is a connection; what stands there may come. */
  void connected() {
    settled = false;
    said = Optional.empty();
  }

  /** What stood there has come by now. */
  void settled() {
    settled = true;
  }

  /** There is no connection. */
  void disconnected() {
    settled = false;
  }

  /**
   * This node's own announcement stands there.
   *
   * @return whether it is that which was said last
   */
  boolean ours(String text) {
    withheld = false;
    boolean last = said.equals(Optional.of(text));
    if (last) {
      confirmed = true;
      overwritten = false;
    }
    return last;
  }

  /** Nothing stands there any more. */
  void deleted() {
    withheld = false;
    overwritten = said.filter(text -> !text.isEmpty()).isPresent();
  }

  /** Another node's announcement stands there. */
  void others() {
    if (confirmed) {
      overwritten = true;
    } else {
      withheld = true;
    }
  }

  /**
   * Returns what is to be said now, and takes it as said; empty text: the node leaves.
   *
   * @param own what the node would say; empty: nothing
   */
  Optional<String> next(Optional<String> own, long nowNs) {
    if (own.isEmpty()) {
      boolean leaves = confirmed || said.filter(text -> !text.isEmpty()).isPresent();
      said = Optional.empty();
      confirmed = false;
      overwritten = false;
      saidNs = nowNs;
      return leaves ? Optional.of("") : Optional.empty();
    }
    boolean again = overwritten && nowNs - saidNs >= AGAIN_NS;
    if (!settled || withheld || (said.equals(own) && !again)) {
      return Optional.empty();
    }
    said = own;
    overwritten = false;
    saidNs = nowNs;
    return own;
  }

  /** Returns how long it is until something has to be said again; empty: it has not. */
  OptionalLong waitNs(long nowNs) {
    return overwritten
        ? OptionalLong.of(Math.max(0, AGAIN_NS - (nowNs - saidNs)))
        : OptionalLong.empty();
  }
}
