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
  private static final long NOBODY = -1L;

  private final long[] keys = new long[PLACES];
  private final long[] askedNs = new long[PLACES];
  private final long[] windowStartNs = new long[Pod.MAX_PODS];
  private final int[] windowCount = new int[Pod.MAX_PODS];

  ResolutionLimiter() {
    Arrays.fill(keys, NOBODY);
  }

  /**
   * Tells whether a request may be made now, and if so counts it.
   *
   * @param intervalNs the least time between two requests for this next hop, in nanoseconds
   */
  boolean permit(int pod, int nextHop, long nowNs, long intervalNs) {
    long key = ResolutionQueue.key(pod, nextHop);
    int place = (int) ((key * 0x9e37_79b9_7f4a_7c15L) >>> 52);
    if (keys[place] == key && nowNs - askedNs[place] < intervalNs) {
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
    keys[place] = key;
    askedNs[place] = nowNs;
    return true;
  }
}
