package org.ktsn.api.port;

/**
 * A snapshot of a port.
 *
 * @param device what carries the port, for instance {@code net_virtio_user0}
 * @param linkUp whether the peer is connected
 * @param sentFrames frames that the device took
 * @param sentOctets octets that the device took
 * @param failedFrames frames that the device refused
 */
public record PortStatus(
    String device, boolean linkUp, long sentFrames, long sentOctets, long failedFrames) {}
