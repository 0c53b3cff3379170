package org.ktsn.dataplane;

/**
 * What the planner is configured to do.
 *
 * @param horizonNs how long before its instant a frame is committed to the launcher
 * @param leadNs the least time between planning and launching
 * @param maxAheadNs how far in the future a launch time may lie
 * @param maxWaitNs how long after its launch time, or its arrival if that is later, a frame may
 *     leave
 * @param maxFrames how many frames are held in all
 * @param maxFramesPerPod how many frames of one pod are held
 * @param dropLate whether a datagram whose launch time has passed on arrival is dropped (in
 *     deadline mode it always is)
 * @param clockReportLimitNs how old a report on the clock may be before its monitor counts as stuck
 * @param cpu the planner's CPU, or -1
 * @param priority the planner's real-time priority, or a negative nice value, or 0
 */
record PlannerSettings(
    long horizonNs,
    long leadNs,
    long maxAheadNs,
    long maxWaitNs,
    int maxFrames,
    int maxFramesPerPod,
    boolean dropLate,
    long clockReportLimitNs,
    int cpu,
    int priority) {}
