package org.ktsn.dataplane;

import org.ktsn.foreign.Dpdk;
import org.ktsn.foreign.NativeMemory;

/**
 * The planner's way to packet buffers: it gives each row of the frame table one when it needs it,
 * and takes some at a time out of the pool. Planner thread only; allocates nothing.
 */
final class BufferReserve {
  private static final int BATCH = 32;

  private final long handles;
  private int count;

  /**
   * Makes an empty reserve.
   *
   * @param scratchAddress native memory for {@value #BATCH} handles of 8 octets
   */
  BufferReserve(long scratchAddress) {
    handles = scratchAddress;
  }

  static int scratchOctets() {
    return BATCH * 8;
  }

  /** Returns a buffer's handle, or 0 if all are in use. */
  long take() {
    if (count == 0) {
      if (!Dpdk.takeFrames(handles, BATCH)) {
        return 0;
      }
      count = BATCH;
    }
    count--;
    return NativeMemory.getLong(handles + count * 8L);
  }

  /** Returns how many buffers are in the reserve. Any thread; may be a moment old. */
  int idle() {
    return count;
  }

  /** Leaves what is in the reserve to the next planner. */
  void leave() {
    Dpdk.leaveFrames(handles, count);
    count = 0;
  }

  /** Leaves a row's buffer to the next planner. */
  void leave(long buffer) {
    NativeMemory.putLong(handles, buffer);
    Dpdk.leaveFrames(handles, 1);
  }
}
