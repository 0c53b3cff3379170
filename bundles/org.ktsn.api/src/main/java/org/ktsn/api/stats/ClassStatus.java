package org.ktsn.api.stats;

/**
 * A snapshot of one traffic class of the port. The last five are 0 where the shaper needs no credit
 * for the class; slopes in bit/s, credits in bits (IEEE 802.1Q-2022 8.6.8.2).
 *
 * @param trafficClass 0 to 7
 * @param queued frames that wait with the shaper
 * @param sent frames sent since the data plane's start
 * @param transmissionOverrun frames that were still on the link when their gate closed ({@code
 *     TransmissionOverrun}, 8.6.8.4)
 * @param creditBased whether its frames need credit
 * @param idleSlopeBitsPerSecond {@code operIdleSlope}
 * @param sendSlopeBitsPerSecond {@code sendSlope}, negative
 * @param hiCreditBits the limit above
 * @param loCreditBits the limit below
 * @param creditBits the credit at present
 */
public record ClassStatus(
    int trafficClass,
    int queued,
    long sent,
    long transmissionOverrun,
    boolean creditBased,
    long idleSlopeBitsPerSecond,
    long sendSlopeBitsPerSecond,
    long hiCreditBits,
    long loCreditBits,
    long creditBits) {}
