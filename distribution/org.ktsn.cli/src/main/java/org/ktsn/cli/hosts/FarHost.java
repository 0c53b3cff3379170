package org.ktsn.cli.hosts;

import org.ktsn.cli.testbed.Cleanup;
import org.ktsn.cli.testbed.TestPod;

/** The other of two hosts, in a network namespace, with a pod. One thread. */
interface FarHost {
  /** Returns what it has, as users write it. */
  String receiver();

  /**
   * Makes it.
   *
   * @param network what it has in common with the first host
   * @param cleanup removes it
   */
  void make(OverlayPlan network, Cleanup cleanup);

  /** Returns its pod; {@link #make} went before. */
  TestPod pod();

  /** Returns its pod's MAC address; {@link #make} went before. */
  String mac();

  /** Returns how many frames have come through the tunnel. */
  long arrived();
}
