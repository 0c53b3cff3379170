package org.ktsn.clock.ptp;

import java.util.Optional;

/**
 * What is known of one ptp4l.
 *
 * @param settings which one
 * @param reach whether it can be asked
 * @param explanation why not, with the remedy; empty if it answers
 * @param readOnly whether its read-only socket is used
 * @param observation what it said last, if it answers
 */
record InstanceStatus(
    InstanceSettings settings,
    Reach reach,
    String explanation,
    boolean readOnly,
    Optional<Observation> observation) {}
