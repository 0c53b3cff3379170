package org.ktsn.api.port;

import org.osgi.annotation.versioning.ProviderType;

/**
 * The process's packet memory: DPDK's environment and its buffer pools, set up once and never torn
 * down while the process lives. A port depends on this service so that it opens only when devices
 * can be made.
 */
@ProviderType
public interface PacketMemory {
  /** Returns the octets that one frame buffer can hold. */
  int frameRoomOctets();

  /** Returns how many frame buffers exist in all. */
  int totalFrames();

  /**
   * Returns how many frame buffers are neither queued, nor with a device, nor in the planner's
   * reserve. Any thread.
   */
  int freeFrames();
}
