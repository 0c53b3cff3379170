package org.ktsn.filter.psfp.model;

import java.util.Optional;

/**
 * A stream gate (IEEE 802.1Q-2022 8.6.5.4, 12.31.3).
 *
 * @param id its identifier, 0 to 2<sup>32</sup> - 1
 * @param control its states along time
 * @param closedDueToInvalidRxEnable whether one frame that meets it closed closes it for good
 * @param closedDueToInvalidRx sets or resets that; empty leaves it as it is
 * @param closedDueToOctetsExceededEnable whether one frame beyond an interval's octets closes it
 *     for good
 * @param closedDueToOctetsExceeded sets or resets that; empty leaves it as it is
 */
public record StreamGate(
    long id,
    GateControl control,
    boolean closedDueToInvalidRxEnable,
    Optional<Boolean> closedDueToInvalidRx,
    boolean closedDueToOctetsExceededEnable,
    Optional<Boolean> closedDueToOctetsExceeded) {}
