package org.ktsn.ingress;

/**
 * Spaces log lines that a pod can bring about, so that it can't fill the log: one in ten seconds,
 * with how many there were. One thread at a time.
 */
final class RareEvent {
  static final long SPACE_NS = 10_000_000_000L;

  private boolean told;
  private long toldNs;
  private long count;

  /** Counts an event; returns how many there were since the last line, 0 if it is too early. */
  long happened(long nowNs) {
    count++;
    if (told && nowNs - toldNs < SPACE_NS) {
      return 0;
    }
    told = true;
    toldNs = nowNs;
    long since = count;
    count = 0;
    return since;
  }
}
