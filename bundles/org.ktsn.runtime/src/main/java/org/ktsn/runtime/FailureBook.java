package org.ktsn.runtime;

import java.io.IOException;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.ktsn.api.health.Trouble;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The failures of something that goes on in spite of them: each kind is logged once, and as long as
 * they are fresh {@code ktsn:health} shows the last one. Any thread.
 */
public final class FailureBook implements AutoCloseable {
  /** How long a failure is shown after it happened, in ns. */
  static final long FRESH_NS = TimeUnit.SECONDS.toNanos(5);

  /** A kind that did not occur for so long, in ns, is logged anew. */
  static final long FORGOTTEN_NS = TimeUnit.MINUTES.toNanos(10);

  private static final int MOST_KINDS = 32;
  private static final Logger LOG = LoggerFactory.getLogger(FailureBook.class);

  /** All that are open in this process; what shows them asks for {@link #allTroubles}. */
  private static final Set<FailureBook> OPEN = ConcurrentHashMap.newKeySet();

  private final String subject;
  private final String remedy;
  private final LongSupplier clock;

  /** When each kind happened last, by the monotonic clock; the oldest first. Guarded by this. */
  private final Map<String, Long> kinds = new LinkedHashMap<>();

  private Optional<String> last = Optional.empty();
  private long lastNs;

  /**
   * Opens one.
   *
   * @param subject what fails, for instance "the thread ktsn-channel"
   * @param remedy what the user can do, a clause
   */
  public FailureBook(String subject, String remedy) {
    this(subject, remedy, System::nanoTime);
  }

  FailureBook(String subject, String remedy, LongSupplier clock) {
    this.subject = subject;
    this.remedy = remedy;
    this.clock = clock;
    OPEN.add(this);
  }

  /**
   * Enters a failure. Throws nothing, also where there is no memory to log it.
   *
   * @return whether it was logged: the first of its kind for a while
   */
  public boolean failed(Throwable failure) {
    try {
      boolean told = enter(reason(failure));
      if (told) {
        log(failure);
      }
      return told;
    } catch (Throwable e) {
      return false; // there is not even room to say so; it is tried again with the next one
    }
  }

  private synchronized boolean enter(String reason) {
    long nowNs = clock.getAsLong();
    last = Optional.of(reason);
    lastNs = nowNs;
    Long before = kinds.remove(reason);
    if (kinds.size() >= MOST_KINDS) {
      kinds.remove(kinds.keySet().iterator().next());
    }
    kinds.put(reason, nowNs);
    return before == null || nowNs - before > FORGOTTEN_NS;
  }

  private void log(Throwable failure) {
    if (failure instanceof IOException) {
      LOG.error(
          "event=failed subject=\"{}\" reason=\"{}\" remedy=\"{}\" action=goes-on",
          subject,
          failure.toString(),
          remedy);
    } else {
      LOG.error("event=failed subject=\"{}\" action=goes-on", subject, failure);
    }
  }

  private static String reason(Throwable failure) {
    String message = failure.getMessage();
    return message == null || message.isBlank()
        ? failure.getClass().getSimpleName()
        : failure.getClass().getSimpleName() + ": " + message;
  }

  /** Says that it works again; nothing is shown any more. */
  public synchronized void well() {
    last = Optional.empty();
  }

  /** Returns the last failure while it is fresh. */
  public synchronized Optional<Trouble> trouble() {
    return clock.getAsLong() - lastNs < FRESH_NS
        ? last.map(
            reason ->
                new Trouble(subject, subject + " fails (" + reason + ") and goes on; " + remedy))
        : Optional.empty();
  }

  /** Returns the fresh failures of all books of this process. */
  static List<Trouble> allTroubles() {
    return OPEN.stream()
        .flatMap(book -> book.trouble().stream())
        .sorted(Comparator.comparing(Trouble::subject))
        .toList();
  }

  /** Closes it: what it is about has ended. */
  @Override
  public void close() {
    OPEN.remove(this);
  }
}
