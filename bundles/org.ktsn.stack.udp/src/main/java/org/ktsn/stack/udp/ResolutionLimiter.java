package org.ktsn.stack.udp;

import java.util.Arrays;
import org.ktsn.api.pod.Pod;

/**
 * Keeps the planner from asking for the same next hop too often, and one pod from asking for too
 * many. Plain arrays; one thread only.
 *
 * <p>The instants of earlier requests lie in a direct-mapped table: two next hops that share a
 * place are asked for a little more often, never less.
 */
final class ResolutionLimiter {
  /** The span over which a pod's requests are counted, in nanoseconds. */
  static final long WINDOW_NS = 200_000_000L;

  /** How many requests a pod has in one span. */
  static final int REQUESTS_PER_WINDOW = 64;

  private static final int PLACES = 4096;
  private static final int NOBODY = -1;

  private final int[] pods = new int[PLACES];
  private final long[] highs = new long[PLACES];
  private final long[] lows = new long[PLACES];
  private final long[] askedNs = new long[PLACES];
  private final long[] windowStartNs = new long[Pod.MAX_PODS];
  private final int[] windowCount = new int[Pod.MAX_PODS];

  ResolutionLimiter() {
    Arrays.fill(pods, NOBODY);
  }

  /**
   * Tells whether a request may be made now, and if so counts it.
   *
   * @param high the first half of the next hop's {@link IpAddress}
   * @param low the second half
   * @param intervalNs the least time between two requests for this next hop, in nanoseconds
   */
  boolean permit(int pod, long high, long low, long nowNs, long intervalNs) {
    long key = high * 0xff51_afd7_ed55_8ccdL + low * 0x9e37_79b9_7f4a_7c15L;
    int place = (int) ((key + pod * 0xc4ce_b9fe_1a85_ec53L) >>> 52);
    boolean same = pods[place] == pod && highs[place] == high && lows[place] == low;
    if (same && nowNs - askedNs[place] < intervalNs) {
      return false;
    }
    if (windowCount[pod] == 0 || nowNs - windowStartNs[pod] >= WINDOW_NS) {
      windowStartNs[pod] = nowNs;
      windowCount[pod] = 0;
    }
    if (windowCount[pod] == REQUESTS_PER_WINDOW) {
      return false;
    }
    windowCount[pod]++;
    pods[place] = pod;
    highs[place] = high;
    lows[place] = low;
    askedNs[place] = nowNs;
    return true;
  }
}
