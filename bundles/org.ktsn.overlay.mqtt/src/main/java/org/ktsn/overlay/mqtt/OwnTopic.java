package org.ktsn.overlay.mqtt;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * What stands on the node's own topic, and whether the node has to say something there. A node says
 * it when it has seen, after each connection, what stands there: a name belongs to the node that
 * had it first, and what stands there already is not said again. One thread.
 */
final class OwnTopic {
  /** So often, at most, is said again what another has overwritten. */
  static final long AGAIN_NS = 60_000_000_000L;

  private Optional<String> said = Optional.empty();

  /** What was said and has not come back: it may be on its way, over connections as well. */
  private Optional<String> underWay = Optional.empty();

  private boolean settled;
  private boolean confirmed;
  private boolean withheld;
  private boolean wasWithheld;
  private boolean overwritten;
  private long saidNs;

  /** There is a connection; what stands there may come. */
  void connected() {
    settled = false;
    said = Optional.empty();
    wasWithheld |= withheld;
    withheld = false;
  }

  /**
   * What stood there has come by now.
   *
   * @return whether another node's announcement stood there, and does no longer
   */
  boolean settled() {
    settled = true;
    boolean free = wasWithheld && !withheld;
    wasWithheld = false;
    return free;
  }

  /** There is no connection. */
  void disconnected() {
    settled = false;
  }

  /**
   * This node's own announcement stands there.
   *
   * @param own what the node would say
   * @return whether it is that which was said last, or need not be said
   */
  boolean ours(String text, Optional<String> own) {
    withheld = false;
    underWay = underWay.filter(sent -> !sent.equals(text));
    if (!settled) {
      said = own.filter(now -> now.equals(text) && underWay.isEmpty());
    }
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
    underWay = underWay.filter(sent -> !sent.isEmpty());
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
      underWay = leaves ? Optional.of("") : underWay;
      return leaves ? Optional.of("") : Optional.empty();
    }
    boolean again = overwritten && leftNs(nowNs) == 0;
    if (!settled || withheld || (said.equals(own) && !again)) {
      return Optional.empty();
    }
    said = own;
    underWay = own;
    overwritten = false;
    saidNs = nowNs;
    return own;
  }

  /** Returns how long it is until something has to be said again; empty: it has not. */
  OptionalLong waitNs(long nowNs) {
    return overwritten && settled && !withheld
        ? OptionalLong.of(leftNs(nowNs))
        : OptionalLong.empty();
  }

  private long leftNs(long nowNs) {
    // A clock that was set back must not make it wait for longer.
    saidNs = Math.min(saidNs, nowNs);
    return Math.max(0, AGAIN_NS - (nowNs - saidNs));
  }
}
