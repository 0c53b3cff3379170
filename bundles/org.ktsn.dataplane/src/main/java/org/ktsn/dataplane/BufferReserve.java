package org.ktsn.dataplane;

import org.ktsn.foreign.Dpdk;
import org.ktsn.foreign.NativeMemory;

/**
 * The planner's way to packet buffers: it gives each row of the frame table one when it needs it,
 * and takes some at a time out of the pool. Planner thread only; allocates nothing.
 */
final class BufferReserve implements PacketBuffers {
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

  @Override
  public long take() {
    if (count == 0) {
      if (!Dpdk.takeFrames(handles, BATCH)) {
        return 0;
      }
      count = BATCH;
    }
    count--;
    return NativeMemory.getLong(handles + count * 8L);
  }

  @Override
  public long data(long buffer) {
    return Dpdk.frameData(buffer);
  }

  @Override
  public int idle() {
    return count;
  }

  @Override
  public void leave() {
    Dpdk.leaveFrames(handles, count);
    count = 0;
  }

  @Override
  public void leave(long buffer) {
    NativeMemory.putLong(handles, buffer);
    Dpdk.leaveFrames(handles, 1);
  }
}
