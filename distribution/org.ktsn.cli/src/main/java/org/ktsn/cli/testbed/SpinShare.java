package org.ktsn.cli.testbed;

import java.nio.file.Path;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.Control;

/** How much of its processor's time the launcher may spin, set while the daemon runs. */
final class SpinShare {
  private static final String CONFIGURE = "ktsn:config org.ktsn.dataplane launcher.spin.percent=";
  private static final long LIMIT_MS = 10_000;
  private static final int UNKNOWN = -1;

  private final Control control;
  private final Path run;
  private int percent = UNKNOWN;

  /**
   * Knows of none yet.
   *
   * @param run the run directory, for what is said to people
   */
  SpinShare(Control control, Path run) {
    this.control = control;
    this.run = run;
  }

  /** Does what {@link Testbed#spinPercent} says. */
  void set(int next) {
    if (next == percent) {
      return;
    }
    control.run(CONFIGURE + next);
    if (!Patience.until(this::countsFromZero, LIMIT_MS, 20)) {
      throw new CommandFailure(
          "KTSNd does not take up a launcher.spin.percent of "
              + next
              + "; its log, ktsnd.log in "
              + run
              + ", tells why.");
    }
    percent = next;
  }

  private boolean countsFromZero() {
    try {
      return control.json("ktsn:stats").getAsJsonObject().get("received").getAsLong() == 0;
    } catch (CommandFailure e) {
      return false; // there is none for a moment
    }
  }
}
