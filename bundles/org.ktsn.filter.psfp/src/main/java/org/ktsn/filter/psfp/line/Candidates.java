package org.ktsn.filter.psfp.line;

import java.util.ArrayList;
import java.util.List;

/**
 * The stream filters that a pod's frames may belong to, in their order. Immutable; looking
 * allocates nothing.
 */
final class Candidates {
  private static final StreamMatch[] ANY_FRAME = {};

  private final Entry[] entries;

  /** By entry: how its stream is recognised; {@link #ANY_FRAME} for the wildcard. */
  private final StreamMatch[][] matches;

  private Candidates(List<Entry> entries, List<StreamMatch[]> matches) {
    this.entries = entries.toArray(Entry[]::new);
    this.matches = matches.toArray(StreamMatch[][]::new);
  }

  /** Collects them, in the order of their identifiers. */
  static final class Builder {
    private final List<Entry> entries = new ArrayList<>();
    private final List<StreamMatch[]> matches = new ArrayList<>();

    /** Adds a filter with the wildcard. */
    void anyFrame(Entry entry) {
      entries.add(entry);
      matches.add(ANY_FRAME);
    }

    /** Adds a stream's filter. */
    void stream(Entry entry, StreamMatch[] identities) {
      entries.add(entry);
      matches.add(identities);
    }

    Candidates build() {
      return new Candidates(entries, matches);
    }
  }

  /** Tells whether no frame belongs to any. */
  boolean isEmpty() {
    return entries.length == 0;
  }

  /** Returns the first filter that a frame belongs to; null if it is none's. */
  Entry find(FrameHeader frame, int priority, int frameClass) {
    for (int i = 0; i < entries.length; i++) {
      Entry entry = entries[i];
      if ((entry.priority < 0 || entry.priority == priority)
          && isStream(matches[i], frame, frameClass)) {
        return entry;
      }
    }
    return null;
  }

  private static boolean isStream(StreamMatch[] identities, FrameHeader frame, int frameClass) {
    if (identities == ANY_FRAME) {
      return true;
    }
    for (StreamMatch identity : identities) {
      if (identity.matches(frame, frameClass)) {
        return true;
      }
    }
    return false;
  }
}
