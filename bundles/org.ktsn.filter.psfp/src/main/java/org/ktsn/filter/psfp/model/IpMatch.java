package org.ktsn.filter.psfp.model;

import java.net.InetAddress;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a packet's IP header must be, and that of its next protocol (IEEE 802.1CB-2017 6.7); empty
 * is anything.
 *
 * @param source the source address
 * @param destination the destination address
 * @param dscp the differentiated services code point, 0 to 63
 * @param nextProtocol the protocol's number
 * @param sourcePort 1 to 65,535
 * @param destinationPort 1 to 65,535
 */
public record IpMatch(
    Optional<InetAddress> source,
    Optional<InetAddress> destination,
    OptionalInt dscp,
    OptionalInt nextProtocol,
    OptionalInt sourcePort,
    OptionalInt destinationPort) {}
