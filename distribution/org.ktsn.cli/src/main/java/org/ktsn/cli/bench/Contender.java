package org.ktsn.cli.bench;

import org.ktsn.cli.testbed.Flow.DataPath;

/**
 * One of those that are compared in {@code bench throughput}.
 *
 * @param name what tables call it
 * @param path which way its datagrams take
 * @param spinPercent {@code launcher.spin.percent} while it is measured; the node's own if negative
 */
record Contender(String name, DataPath path, int spinPercent) {
  /** {@link #spinPercent} of one that leaves the configuration as it is. */
  static final int AS_IT_IS = -1;

  static final Contender KTSN = new Contender("KTSNd", DataPath.KTSN, AS_IT_IS);
  static final Contender REPORTS = new Contender("reports", DataPath.KTSN_REPORTS, AS_IT_IS);
  static final Contender IPV6 = new Contender("IPv6", DataPath.KTSN_IPV6, AS_IT_IS);
  static final Contender FRAMES = new Contender("layer 2", DataPath.KTSN_FRAMES, AS_IT_IS);
  static final Contender KERNEL = new Contender("kernel", DataPath.KERNEL, AS_IT_IS);

  static Contender spinning(int percent) {
    return new Contender("spin " + percent + " %", DataPath.KTSN, percent);
  }
}
