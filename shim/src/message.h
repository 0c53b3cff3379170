/* What one call of sendmsg asks for, read once from the program's memory. */
#ifndef KTSN_MESSAGE_H
#define KTSN_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "address.h"

/* What a message says by other means than values. */
enum ktsn_trait {
    KTSN_TRAIT_IPV4_CONTROL = 1u << 0, /* control messages of the level IPPROTO_IP */
    KTSN_TRAIT_IPV6_CONTROL = 1u << 1, /* of the level IPPROTO_IPV6, but for IPV6_PKTINFO */
    KTSN_TRAIT_IPV6_PKTINFO = 1u << 2,
    KTSN_TRAIT_FLOW_CONTROL = 1u << 3, /* flow_info is from IPV6_FLOWINFO */
    KTSN_TRAIT_TIMESTAMPS = 1u << 4,   /* it says itself which timestamps it wants */
    KTSN_TRAIT_NUMBER = 1u << 5,       /* and how they are numbered */
};

/* What a message says of the timestamps that it wants. */
struct ktsn_wish {
    uint32_t traits;     /* KTSN_TRAIT_TIMESTAMPS and KTSN_TRAIT_NUMBER */
    uint32_t timestamps; /* from SO_TIMESTAMPING */
    uint32_t number;     /* from SCM_TS_OPT_ID */
};

/* What of a message decides on its flow. Compared as octets, so there is no padding. */
struct ktsn_target {
    struct ktsn_address destination; /* all 0: none was given */
    struct ktsn_address source;      /* from IP_PKTINFO or IPV6_PKTINFO, or all 0 */
    int64_t priority;                /* from SO_PRIORITY (unsigned) or IP_TOS, or -1 */
    uint32_t scope;                  /* sin6_scope_id, or 0 */
    uint32_t flow_info;              /* sin6_flowinfo, or from IPV6_FLOWINFO; machine order */
    int32_t interface_index;         /* from IP_PKTINFO or IPV6_PKTINFO, or 0 */
    int16_t tos;                     /* from IP_TOS or IPV6_TCLASS, or -1 */
    int16_t ttl;                     /* from IP_TTL or IPV6_HOPLIMIT, or -1 */
    uint16_t destination_port;       /* machine order */
    uint16_t family;                 /* as the given address says; AF_UNSPEC also if none is */
    uint32_t traits;                 /* ktsn_trait */
};

_Static_assert(sizeof(struct ktsn_target) == 64, "no padding");

struct ktsn_request {
    struct ktsn_target target;
    int64_t launch_time_ns; /* on the socket's clock */
    uint32_t length;        /* octets of payload */
    int32_t segment;        /* octets of each datagram, from UDP_SEGMENT; 0: one for all; or -1 */
    struct ktsn_wish wish;
};

/* Tells whether a message carries a transmission time at all, well-formed or not. One that can't be
 * read carries none. */
bool ktsn_message_stamped(const struct msghdr *message);

/*
 * Reads a message. Returns false if it is not one for the time-sensitive path: no transmission
 * time, or anything that is better left to the kernel's judgement (unknown flags or control
 * messages, addresses that are not IP, lengths that no datagram has, pointers that can't be
 * followed). Whether the payload can be read is not looked at.
 */
bool ktsn_message_read(const struct msghdr *message, int flags, struct ktsn_request *request);

/* Tells whether a message has control data, as much as is looked at, and it can be read. */
bool ktsn_message_has_control(const struct msghdr *message);

/* Adds a control message behind at octets of others; returns behind how many the next one is. */
size_t ktsn_message_add_control(char *control, size_t at, int level, int type, const void *data,
                                size_t octets);

/* Adds one that switches timestamps off for the message, whatever was before it. */
#define KTSN_NO_TIMESTAMPS_OCTETS CMSG_SPACE(sizeof(uint32_t))
size_t ktsn_message_add_no_timestamps(char *control, size_t at);

enum ktsn_walk { KTSN_WALK_END, KTSN_WALK_NEXT, KTSN_WALK_MALFORMED };

/*
 * The kernel's walk over control messages, which tells a malformed one from the end of the list;
 * the C library's macros do not. Begin with an offset of 0. The buffer need not be aligned.
 */
enum ktsn_walk ktsn_message_next_control(const struct msghdr *message, size_t *offset,
                                         struct cmsghdr *header, const unsigned char **data);

/* Reads a control message of the level SOL_SOCKET about timestamps; false if it is none, or the
 * kernel refuses it or knows more of it. */
bool ktsn_message_read_wish(const struct cmsghdr *header, const unsigned char *data,
                            struct ktsn_wish *wish);

/* Adds up the octets of a message's parts; false if they are more than most, or too many parts. */
bool ktsn_message_length(const struct msghdr *message, size_t most, uint32_t *octets);

#endif
