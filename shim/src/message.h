/* What one call of sendmsg asks for, read once from the program's memory. */
#ifndef KTSN_MESSAGE_H
#define KTSN_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct ktsn_request {
    int64_t launch_time_ns;    /* on the socket's clock */
    int64_t priority;          /* from SO_PRIORITY (unsigned) or IP_TOS, or -1 */
    uint32_t length;           /* octets of payload */
    uint32_t destination;      /* network order; 0: none was given */
    uint16_t destination_port; /* machine order */
    int16_t tos;               /* from IP_TOS, or -1 */
    int16_t ttl;               /* from IP_TTL, or -1 */
    int32_t interface_index;   /* from IP_PKTINFO, or 0 */
    uint32_t source;           /* from IP_PKTINFO, network order, or 0 */
};

/* Tells whether a message carries a transmission time at all, well-formed or not. One that can't be
 * read carries none. */
bool ktsn_message_stamped(const struct msghdr *message);

/*
 * Reads a message. Returns false if it is not one for the time-sensitive path: no transmission
 * time, or anything that is better left to the kernel's judgement (unknown flags or control
 * messages, addresses that are not IPv4, lengths that no datagram has, pointers that can't be
 * followed). Whether the payload can be read is not looked at.
 */
bool ktsn_message_read(const struct msghdr *message, int flags, struct ktsn_request *request);

#endif
