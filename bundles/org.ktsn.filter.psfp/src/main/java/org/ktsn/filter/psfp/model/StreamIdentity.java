package org.ktsn.filter.psfp.model;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * One way to recognise a stream's frames (IEEE 802.1CB-2017 9.1): all that is said must fit. A
 * stream may have several.
 *
 * @param index its key in the table, 0 to 2<sup>32</sup> - 1
 * @param handle the stream's {@code stream_handle}, 0 to 2<sup>32</sup> - 1
 * @param pod the name of the pod that sends; empty for any
 * @param trafficClass the class that the frames are in before an IPV, 0 to 7; empty for any
 * @param header what stands in the frame's header
 */
public record StreamIdentity(
    long index, long handle, Optional<String> pod, OptionalInt trafficClass, HeaderMatch header) {}
