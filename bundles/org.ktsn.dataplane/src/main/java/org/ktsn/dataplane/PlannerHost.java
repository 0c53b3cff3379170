package org.ktsn.dataplane;

import java.util.function.LongSupplier;
import org.ktsn.api.time.TaiClock;
import org.ktsn.foreign.LaunchRing;

/**
 * What the planner stands on.
 *
 * @param clock the node's clock
 * @param monotonic the clock that nobody sets, in nanoseconds
 * @param launcher sends what is committed
 * @param doorbells what the planner sleeps on
 * @param buffers memory for frames
 * @param bufferOctets how large a buffer is
 * @param stations which destinations are on other nodes
 */
record PlannerHost(
    TaiClock clock,
    LongSupplier monotonic,
    LaunchRing launcher,
    Doorbells doorbells,
    PacketBuffers buffers,
    int bufferOctets,
    RemoteStations stations) {
  /** A node whose pods' network ends at it. */
  PlannerHost(
      TaiClock clock,
      LongSupplier monotonic,
      LaunchRing launcher,
      Doorbells doorbells,
      PacketBuffers buffers,
      int bufferOctets) {
    this(clock, monotonic, launcher, doorbells, buffers, bufferOctets, new RemoteStations());
  }
}
