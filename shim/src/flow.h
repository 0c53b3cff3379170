/*
 * Flows: what a socket's datagrams to one destination look like on the wire, and which path they
 * take.
 *
 * A flow is derived from the kernel, which remains the source of truth, and kept under everything
 * that it depends on: the socket's identity (SO_COOKIE), the destination, the message's own control
 * data, and the generations of the pod's sockets, of its network and of the channel. If one of
 * these changes, the flow is simply not found any more.
 */
#ifndef KTSN_FLOW_H
#define KTSN_FLOW_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "channel.h"
#include "message.h"

/* The result of functions that have decided for the kernel's path; no errno is this large. */
#define KTSN_TAKE_KERNEL (-0x10000)

struct ktsn_flow_key {
    uint64_t cookie;
    uint32_t serial;             /* of the channel */
    uint32_t socket_epoch;       /* of the ring */
    uint32_t network_generation; /* of the status memory */
    uint32_t reserved;
    struct ktsn_target target;
};

struct ktsn_flow {
    struct ktsn_address source;
    struct ktsn_address destination;
    struct ktsn_address next_hop; /* the neighbour that the kernel would send to */
    uint16_t source_port;
    uint16_t destination_port;
    uint32_t priority;
    uint32_t largest; /* octets of payload that this path takes */
    int32_t clock;
    uint32_t flow_label; /* IPv6, machine order */
    uint8_t family;      /* of the datagrams, whatever the socket's is */
    uint8_t tos;
    uint8_t ttl;
    uint8_t slot_flags; /* ktsn_slot_flag */
    bool kernel;        /* takes the kernel's path */
    bool errors;        /* the socket can have pending errors */
    bool unicast;
    uint8_t reserved;
    uint32_t timestamping; /* SO_TIMESTAMPING */
    uint32_t segment;      /* UDP_SEGMENT: octets of each datagram; 0: one for all */
    uint32_t zerocopy;     /* SO_ZEROCOPY, as 0 or 1 */
};

_Static_assert(sizeof(struct ktsn_flow_key) % sizeof(uint64_t) == 0, "copied by words");
_Static_assert(sizeof(struct ktsn_flow) % sizeof(uint64_t) == 0, "copied by words");

#define KTSN_FLOW_SETS 256
#define KTSN_FLOW_WAYS 4
#define KTSN_FLOW_WORDS ((sizeof(struct ktsn_flow_key) + sizeof(struct ktsn_flow)) / 8)

/* Flows that were derived. Readers and writers take no lock: whoever meets a writer does without.
 */
struct ktsn_flow_table {
    struct ktsn_flow_entry {
        _Atomic uint32_t version; /* odd: being written */
        _Atomic uint64_t words[KTSN_FLOW_WORDS];
    } entries[KTSN_FLOW_SETS][KTSN_FLOW_WAYS];
    _Atomic uint32_t turn; /* which way is replaced next */
    atomic_bool used;
};

/* Forgets all flows. The child of a fork only: a writer may have been left behind. */
void ktsn_flows_clear(struct ktsn_flow_table *table);

bool ktsn_flow_find(struct ktsn_flow_table *table, const struct ktsn_flow_key *key,
                    struct ktsn_flow *flow);

void ktsn_flow_keep(struct ktsn_flow_table *table, const struct ktsn_flow_key *key,
                    const struct ktsn_flow *flow);

/* What the kernel does not tell of a socket's options. */
struct ktsn_untold {
    uint32_t multicast_interface; /* of IPv4 datagrams, or 0 */
    bool ipv6;                    /* there is something that decides on IPv6 datagrams */
};

/*
 * Derives the flow of a message from the kernel. The socket must not hold data from MSG_MORE, which
 * would be lost. untouchable is memory that nobody can read, 64 KiB of it. Returns 0 if the flow
 * may be kept, KTSN_TAKE_KERNEL if this message is the kernel's but nothing was learned, or the
 * -errno with which the kernel refuses the message.
 */
int ktsn_flow_derive(const struct ktsn_channel *channel, void *untouchable, int fd,
                     const struct msghdr *message, const struct ktsn_request *request,
                     const struct ktsn_untold *untold, struct ktsn_flow *flow);

/* Finds the neighbour to which a connected socket's datagrams go through the time-sensitive
 * interface; returns the family of its address, or AF_UNSPEC if they go elsewhere. */
int ktsn_flow_peer_next_hop(const struct ktsn_channel *channel, int fd,
                            struct ktsn_address *next_hop);

#endif
