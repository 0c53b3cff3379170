package org.ktsn.dataplane;

import org.ktsn.foreign.Launcher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The thread that the launcher runs in until it is stopped. */
final class LauncherThread {
  private static final Logger LOG = LoggerFactory.getLogger(LauncherThread.class);

  /** What is left leaves planner and programs enough of a processor that they share with it. */
  private static final int SHARED_PERCENT = 40;

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
          spinPermille(config));
    } catch (RuntimeException e) {
      LOG.error("event=launcher-not-placed reason=\"{}\" action=unpinned", e.getMessage());
      launcher.run(
          -1,
          0,
          config.launcher_margin_min_ns(),
          config.launcher_margin_max_ns(),
          0,
          spinPermille(config));
    }
  }

  private static int spinPermille(DataplaneConfig config) {
    return 10
        * spinPercent(config.launcher_spin_percent(), config.launcher_cpu(), config.planner_cpu());
  }

  /** Returns which share of its processor the launcher may spin. */
  static int spinPercent(int configured, int launcherCpu, int plannerCpu) {
    if (configured >= 0) {
      return configured;
    }
    boolean apart = launcherCpu >= 0 && plannerCpu >= 0 && launcherCpu != plannerCpu;
    return apart ? 100 : SHARED_PERCENT;
  }
}
