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
 */
record PlannerHost(
    TaiClock clock,
    LongSupplier monotonic,
    LaunchRing launcher,
    Doorbells doorbells,
    PacketBuffers buffers,
    int bufferOctets) {}
