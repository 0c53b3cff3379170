package org.ktsn.mqtt.session;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts by name. Any thread. */
public final class SessionCounters {
  private final Map<String, LongAdder> counters = new ConcurrentHashMap<>();

  /** Makes counters that stand at nothing. */
  public SessionCounters() {}

  /** Adds one. */
  public void count(String name) {
    counters.computeIfAbsent(name, key -> new LongAdder()).increment();
  }

  /** Returns one counter. */
  public long get(String name) {
    LongAdder counter = counters.get(name);
    return counter == null ? 0 : counter.sum();
  }

  /** Returns those that are not 0. */
  public Map<String, Long> all() {
    Map<String, Long> all = new TreeMap<>();
    counters.forEach((name, counter) -> all.put(name, counter.sum()));
    return all;
  }
}
