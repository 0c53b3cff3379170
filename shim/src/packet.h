/*
 * Frames of packet sockets (AF_PACKET): who stamps a frame that would leave through the
 * time-sensitive interface has it launched as it is, tags included.
 *
 * As with flows (flow.h) the kernel remains the source of truth. What it says of a socket is kept
 * under the socket's identity (SO_COOKIE) and the generations of the pod's sockets, of its network
 * and of the channel; where the socket is bound to is asked for each time.
 */
#ifndef KTSN_PACKET_H
#define KTSN_PACKET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* What a packet socket is like. */
struct ktsn_packet_socket {
    uint64_t cookie;
    uint32_t serial;             /* of the channel */
    uint32_t socket_epoch;       /* of the ring */
    uint32_t network_generation; /* of the status memory */
    uint32_t priority;
    int64_t asked_priority; /* by the message that was judged; -1: none */
    uint32_t asked_traits;  /* likewise, see ktsn_trait */
    uint32_t timestamping;  /* SO_TIMESTAMPING */
    int32_t clock;
    uint8_t slot_flags; /* ktsn_slot_flag */
    bool frames;        /* it is one, and its frames can be taken */
    bool judged;        /* the kernel has judged a message of it */
    bool cooked;        /* SOCK_DGRAM: the Ethernet header is written for the program */
    uint8_t mac[6];     /* the time-sensitive interface's address */
    uint8_t reserved[2];
};

_Static_assert(sizeof(struct ktsn_packet_socket) % sizeof(uint64_t) == 0, "copied by words");

#define KTSN_PACKET_SOCKETS 128
#define KTSN_PACKET_WORDS (sizeof(struct ktsn_packet_socket) / 8)

/* Sockets that were looked at, packet sockets or not; found by cookie, forgotten when another takes
 * its place. */
struct ktsn_packet_table {
    struct ktsn_packet_entry {
        _Atomic uint32_t version; /* odd: being written */
        _Atomic uint64_t words[KTSN_PACKET_WORDS];
    } entries[KTSN_PACKET_SOCKETS];
    atomic_bool used;
};

/* Forgets all sockets. The child of a fork only. */
void ktsn_packets_clear(struct ktsn_packet_table *table);

/*
 * Hands a stamped frame of a packet socket over to KTSNd, as ktsn_transmit does: returns the octets
 * of the message, -errno, or KTSN_TAKE_KERNEL, also for what is no such frame.
 */
long ktsn_packet_transmit(int fd, const struct msghdr *message, int flags);

#endif
