package org.ktsn.clock.ptp;

import java.nio.file.Path;
import java.util.List;

/**
 * What the monitor is configured to do.
 *
 * @param instances the ptp4l to watch
 * @param automatic whether these are the usual ones, which need not be there
 * @param pollNs how often each is asked
 * @param answerLimitNs how long an answer may take
 * @param clockCheckNs how often the node's clock is looked at
 * @param runDirectory where the reply sockets are made
 * @param quality the thresholds
 */
record MonitorSettings(
    List<InstanceSettings> instances,
    boolean automatic,
    long pollNs,
    long answerLimitNs,
    long clockCheckNs,
    Path runDirectory,
    QualitySettings quality) {
  MonitorSettings {
    instances = List.copyOf(instances);
  }

  Path replySocket(InstanceSettings instance) {
    return runDirectory.resolve("ptp-" + instance.name() + ".sock");
  }
}
