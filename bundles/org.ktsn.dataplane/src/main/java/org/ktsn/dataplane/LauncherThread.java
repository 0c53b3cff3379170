package org.ktsn.dataplane;

import org.ktsn.foreign.Launcher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The thread that the launcher runs in until it is stopped. */
final class LauncherThread {
  private static final Logger LOG = LoggerFactory.getLogger(LauncherThread.class);

  private LauncherThread() {}

  /** Starts it; where the system refuses the place that is asked for, it runs anywhere. */
  static Thread start(Launcher launcher, DataplaneConfig config) {
    return Thread.ofPlatform().name("ktsn-launcher").daemon().start(() -> run(launcher, config));
  }

  private static void run(Launcher launcher, DataplaneConfig config) {
    try {
      launcher.run(
          config.launcher_cpu(),
          config.launcher_priority(),
          config.launcher_margin_min_ns(),
          config.launcher_margin_max_ns(),
          config.launcher_rest_ns(),
          10 * config.launcher_spin_percent());
    } catch (RuntimeException e) {
      LOG.error("event=launcher-not-placed reason=\"{}\" action=unpinned", e.getMessage());
      launcher.run(
          -1,
          0,
          config.launcher_margin_min_ns(),
          config.launcher_margin_max_ns(),
          0,
          10 * config.launcher_spin_percent());
    }
  }
}
