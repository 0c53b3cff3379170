package org.ktsn.cni;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.ktsn.api.health.Trouble;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes what no runtime asks for again: what plugins wrote down while KTSNd was away, what could
 * not be taken down when it was asked for, and what is left of containers that are gone though
 * nobody asked for DEL or GC. An address manager that fails is asked again, more and more seldom.
 * One thread looks; any thread may ask for the troubles.
 */
final class Leftovers {
  /** How often to look. */
  static final long PERIOD_NS = TimeUnit.SECONDS.toNanos(2);

  /** How long to wait after an address manager's first failure. */
  static final long FIRST_PAUSE_NS = TimeUnit.SECONDS.toNanos(5);

  /** How often to ask an address manager that goes on failing. */
  static final long LONGEST_PAUSE_NS = TimeUnit.MINUTES.toNanos(10);

  /**
   * How often an address manager is asked to take back what it said it did not give, or what no
   * record knows of. An ADD that fails for ever would leave a record each time otherwise.
   */
  static final int MOST_TRIES_FOR_NOTHING = 4;

  private static final Logger LOG = LoggerFactory.getLogger(Leftovers.class);
  private static final int MOST_NAMES = 5;

  private record Failure(int tries, long nextNs, String title, String reason) {}

  private final Attachments attachments;
  private final Map<String, Failure> failures = new ConcurrentHashMap<>();

  Leftovers(Attachments attachments) {
    this.attachments = attachments;
  }

  /**
   * Looks at all attachments that nobody else is at.
   *
   * @param nowNs the time, of a clock that only goes on
   */
  void look(long nowNs) {
    attachments.absorb();
    List<Attachment> all = attachments.store().all();
    failures.keySet().retainAll(all.stream().map(Attachment::podName).collect(Collectors.toSet()));
    for (Attachment each : all) {
      attachments.ifIdle(
          each.podName(),
          () ->
              attachments
                  .store()
                  .get(each.podName())
                  .ifPresent(attachment -> look(attachment, nowNs)));
    }
  }

  private void look(Attachment attachment, long nowNs) {
    Failure before = failures.get(attachment.podName());
    if (before != null && nowNs - before.nextNs < 0) {
      return;
    }
    if (attachment.complete()) {
      if (!isAbandoned(attachment)) {
        return;
      }
      LOG.info(
          "event=attachment-abandoned attachment={} pod={} namespace={}",
          attachment.podName(),
          attachment.title(),
          attachment.environment().networkNamespace());
    }
    try {
      attachments.takeDown(attachment.podName(), attachment.environment(), attachment.config());
      failures.remove(attachment.podName());
      LOG.info("event=attachment-taken-down attachment={}", attachment.podName());
    } catch (CniException e) {
      failed(attachment, before == null ? 1 : before.tries + 1, e, nowNs);
    }
  }

  /**
   * Whether nothing of an attachment can come back: the pod service took its pod for gone, and its
   * namespace is. A runtime that knew of it would have asked for DEL, and may do so yet.
   */
  private boolean isAbandoned(Attachment attachment) {
    return attachment.isAbandoned()
        && attachments.pod(attachment.podName(), attachment.environment().containerId()).isEmpty();
  }

  private void failed(Attachment attachment, int tries, CniException failure, long nowNs) {
    String podName = attachment.podName();
    boolean isDetached = attachments.pod(podName, attachment.environment().containerId()).isEmpty();
    if (tries >= MOST_TRIES_FOR_NOTHING && isDetached && !attachment.addressed()) {
      attachments.store().remove(podName);
      failures.remove(podName);
      LOG.warn(
          "event=attachment-forgotten attachment={} pod={} tries={} reason=\"no address was given,"
              + " and {}\"",
          podName,
          attachment.title(),
          tries,
          failure.getMessage());
      return;
    }
    if (tries == 1) {
      LOG.warn(
          "event=attachment-left attachment={} pod={} reason=\"{}\"",
          podName,
          attachment.title(),
          failure.getMessage());
    }
    long pauseNs = Math.min(FIRST_PAUSE_NS << Math.min(tries - 1, 20), LONGEST_PAUSE_NS);
    failures.put(
        podName, new Failure(tries, nowNs + pauseNs, attachment.title(), failure.getMessage()));
  }

  /** Returns what {@code ktsn:health} shows: one for each reason, with the pods. */
  List<Trouble> troubles() {
    Map<String, Set<String>> titles = new TreeMap<>();
    failures
        .values()
        .forEach(
            failure ->
                titles
                    .computeIfAbsent(failure.reason, reason -> new TreeSet<>())
                    .add(failure.title));
    return titles.entrySet().stream()
        .map(
            entry ->
                new Trouble(
                    "attachments",
                    "what is left of "
                        + names(entry.getValue())
                        + " can't be removed: "
                        + entry.getKey()
                        + "; KTSNd tries again, every "
                        + TimeUnit.NANOSECONDS.toMinutes(LONGEST_PAUSE_NS)
                        + " minutes at least"))
        .toList();
  }

  private static String names(Set<String> titles) {
    String names = titles.stream().limit(MOST_NAMES).collect(Collectors.joining(", "));
    return titles.size() <= MOST_NAMES
        ? names
        : names + " and " + (titles.size() - MOST_NAMES) + " others";
  }
}
