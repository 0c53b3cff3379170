package org.ktsn.dataplane;

/** Where the planner gets memory for frames. Planner thread only; nothing allocates. */
interface PacketBuffers {
  /** Returns a buffer's handle, or 0 if all are in use. */
  long take();

  /** Returns the native address of a buffer's first octet. */
  long data(long buffer);

  /** Returns how many buffers wait here for frames to come. Any thread; may be a moment old. */
  int idle();

  /** Leaves a frame's buffer to the next planner. */
  void leave(long buffer);

  /** Leaves all that wait here to the next planner. */
  void leave();
}
