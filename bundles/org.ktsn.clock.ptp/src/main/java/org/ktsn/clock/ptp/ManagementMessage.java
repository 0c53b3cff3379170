package org.ktsn.clock.ptp;

/**
 * A management message (IEEE 1588-2019 15.4.1).
 *
 * @param transportSpecific majorSdoId: 0, or 1 for gPTP (IEEE 802.1AS)
 * @param version the whole octet: 0x02 from linuxptp 3.1, 0x12 from 4.x
 * @param domainNumber the PTP domain
 * @param source who sends it
 * @param sequenceId copied into the answer
 * @param target whom it is for; an answer's is the source of the question
 * @param startingBoundaryHops 0: for the daemon itself, not forwarded
 * @param boundaryHops how many hops are left
 * @param action what it asks for
 * @param tlv what it is about
 */
record ManagementMessage(
    int transportSpecific,
    int version,
    int domainNumber,
    PortIdentity source,
    int sequenceId,
    PortIdentity target,
    int startingBoundaryHops,
    int boundaryHops,
    ManagementAction action,
    ManagementTlv tlv) {}
