package org.ktsn.api.time;

/**
 * The node's TAI clock jumped.
 *
 * @param stepNs how far, in nanoseconds; positive: forwards
 * @param seenTaiNs when it was noticed, by the clock after the jump
 * @param taiOffsetBeforeS TAI - UTC as the kernel held it before, in seconds
 * @param taiOffsetS TAI - UTC as the kernel holds it now, in seconds
 */
public record ClockStep(long stepNs, long seenTaiNs, int taiOffsetBeforeS, int taiOffsetS) {}
