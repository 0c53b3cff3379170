package org.ktsn.filter.psfp.model;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * A stream filter with its maximum SDU size filter (IEEE 802.1Q-2022 8.6.5.3, 12.31.2).
 *
 * @param id its place in the ordered list, 0 to 2<sup>32</sup> - 1; the smallest is asked first
 * @param streamHandle the stream that it is for; empty is the wildcard, any frame
 * @param priority the frames' priority, 0 to 7; empty is the wildcard
 * @param maxSduOctets the largest service data unit in octets; 0 for any
 * @param blockedDueToOversizeFrameEnabled whether one frame that is too large blocks the stream
 * @param blockedDueToOversizeFrame sets or resets the block; empty leaves it as it is
 * @param gate the stream gate's identifier
 * @param meter the flow meter's identifier; empty if there is none
 */
public record StreamFilter(
    long id,
    OptionalLong streamHandle,
    OptionalInt priority,
    long maxSduOctets,
    boolean blockedDueToOversizeFrameEnabled,
    Optional<Boolean> blockedDueToOversizeFrame,
    long gate,
    OptionalLong meter) {}
