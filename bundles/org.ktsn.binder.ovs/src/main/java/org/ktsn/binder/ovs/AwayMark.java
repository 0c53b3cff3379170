package org.ktsn.binder.ovs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file that is there for as long as the switch has been away for some time, for those who ask too
 * often to ask KTSNd: a readiness probe. One thread at a time.
 */
final class AwayMark {
  /** A switch that restarts is back sooner. */
  static final Duration PATIENCE = Duration.ofSeconds(5);

  private static final Logger LOG = LoggerFactory.getLogger(AwayMark.class);

  private final Path file;
  private final Duration patience;
  private boolean isSet = true; // a KTSNd that was killed may have left it

  AwayMark(Path file, Duration patience) {
    this.file = file;
    this.patience = patience;
    clear();
  }

  /**
   * Sets it, if that is due.
   *
   * @param awayNs for how long the switch has been away
   */
  void away(long awayNs) {
    if (isSet || awayNs < patience.toNanos()) {
      return;
    }
    try {
      Files.writeString(file, "");
      isSet = true;
    } catch (IOException e) {
      LOG.debug("event=switch-mark-not-set file={} reason=\"{}\"", file, e.toString());
    }
  }

  /** Takes it away. */
  void clear() {
    if (!isSet) {
      return;
    }
    try {
      Files.deleteIfExists(file);
      isSet = false;
    } catch (IOException e) {
      LOG.warn("event=switch-mark-not-removed file={} reason=\"{}\"", file, e.toString());
    }
  }
}
