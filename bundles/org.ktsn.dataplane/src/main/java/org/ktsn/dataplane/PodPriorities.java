package org.ktsn.dataplane;

import java.util.Arrays;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.pod.Priorities;
import org.ktsn.api.stack.EncodedFrame;
import org.ktsn.foreign.NativeMemory;

/**
 * Gives a frame that asks for a priority which its pod may not use another one, before it gets its
 * traffic class; a tagged frame carries it from then on. What the pod wrote is not looked at: a
 * pod's ring is its own. Planner thread only; nothing allocates.
 *
 * <pre>
 *  0               6          12     14                    16
 *  | destination   | source   | TPID | PCP 3, DEI 1, VID 12 | …
 * </pre>
 */
final class PodPriorities {
  private static final int TAGGED_HEADER_OCTETS = 18;
  private static final int TAG_OFFSET = 14;
  private static final int PCP_SHIFT = 5;
  private static final int BELOW_PCP = (1 << PCP_SHIFT) - 1;

  private final Priorities[] ofPod = new Priorities[Pod.MAX_PODS];
  private final Counters counters;

  PodPriorities(Counters counters) {
    this.counters = counters;
    Arrays.fill(ofPod, Priorities.ALL);
  }

  /** A pod comes. */
  Boolean allow(int pod, Priorities priorities) {
    ofPod[pod] = priorities;
    return true;
  }

  /**
   * Settles an encoded frame's priority.
   *
   * @param address where the frame lies
   */
  void settle(int pod, EncodedFrame encoded, long address) {
    int asked = encoded.pcp & 7;
    int given = ofPod[pod].regenerated(asked);
    if (given == asked) {
      return;
    }
    encoded.pcp = given;
    if (encoded.headerOctets == TAGGED_HEADER_OCTETS) {
      int rest = NativeMemory.getByte(address + TAG_OFFSET) & BELOW_PCP;
      NativeMemory.putByte(address + TAG_OFFSET, (byte) (given << PCP_SHIFT | rest));
    }
    counters.regenerated(pod);
  }
}
