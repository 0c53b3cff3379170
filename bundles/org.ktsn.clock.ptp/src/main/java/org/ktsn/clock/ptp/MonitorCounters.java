package org.ktsn.clock.ptp;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What the monitor counts. Written by its thread, read by any. */
final class MonitorCounters {
  /** The kinds of things counted. */
  enum Kind {
    /** Rounds of questions that were begun. */
    POLLS,
    /** Answers that came in time. */
    ANSWERS,
    /** Questions without an answer. */
    UNANSWERED,
    /** Answers that said no. */
    REFUSED,
    /** Changes that ptp4l reported by itself. */
    EVENTS,
    /** Datagrams that are no management messages. */
    MALFORMED,
    /** Messages that nobody waited for. */
    STRAY,
    /** Times that ptp4l made its socket anew. */
    SOCKET_RECREATED,
    /** Jumps of the node's clock. */
    CLOCK_STEPS,
    /** Changes of the clock's state. */
    TRANSITIONS
  }

  private final Map<Kind, Long> values = new EnumMap<>(Kind.class);

  synchronized void count(Kind kind) {
    values.merge(kind, 1L, Long::sum);
  }

  synchronized long get(Kind kind) {
    return values.getOrDefault(kind, 0L);
  }

  /** Returns all counters by name, those that are 0 as well. */
  synchronized Map<String, Long> all() {
    Map<String, Long> all = new TreeMap<>();
    for (Kind kind : Kind.values()) {
      all.put(kind.name().toLowerCase(Locale.ROOT), values.getOrDefault(kind, 0L));
    }
    return all;
  }
}
