/*
 * The channel between LibKTSN and KTSNd: everything that the two agree on.
 *
 * A pod has one Unix socket (SOCK_SEQPACKET). A program connects and says HELLO; KTSNd answers
 * WELCOME with four descriptors (status memory, ring memory, doorbell, space), or REFUSED with a
 * sentence. From then on datagrams travel through the ring and the socket is only a sign of life.
 *
 * Who may write what:
 *
 *   - The status memory is KTSNd's: programs map it read-only (F_SEAL_FUTURE_WRITE).
 *   - The ring memory is everybody's. Whatever lies there is hostile to KTSNd, which keeps its own
 *     positions, copies before it checks, and bounds every length.
 *   - The doorbell is the programs' (eventfd, non-blocking): they write 1 to it. KTSNd waits on it
 *     edge-triggered and never reads it.
 *   - The space socket is one end of a pair of datagram sockets, see space_awaited. KTSNd reads the
 *     other.
 *   - A socket of the program's that wants to know what became of its datagrams has a report
 * socket: one end of another such pair, see ktsn_report. KTSNd writes to the other, and reads
 * nothing.
 *
 * All integers are in the machine's byte order, which is little-endian. Offsets, never pointers.
 * Both memories are sealed against shrinking and growing, and nobody can take pages out of them. A
 * change of anything here changes KTSN_CHANNEL_VERSION.
 */
#ifndef KTSN_CHANNEL_H
#define KTSN_CHANNEL_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#define KTSN_CHANNEL_MAGIC 0x4e53544bu /* "KTSN" in memory */
#define KTSN_CHANNEL_VERSION 4u

/* Where a program finds the socket, unless KTSN_SOCKET names another path. */
#define KTSN_CHANNEL_SOCKET "/run/ktsn/app.sock"

/* ---- messages on the socket; each begins with ktsn_message ---- */

enum ktsn_message_type {
    KTSN_HELLO = 1,   /* program: ktsn_hello */
    KTSN_WELCOME = 2, /* KTSNd: ktsn_welcome, with the descriptors status, ring, doorbell, space */
    KTSN_REFUSED = 3, /* KTSNd: ktsn_refused, then it closes */
    KTSN_RESOLVE = 4, /* program: ktsn_resolve; a hint, never answered */
    KTSN_REPORTS = 5, /* program, on a connection of its own: ktsn_reports; KTSNd: the same, with
                         the report socket as its descriptor, or REFUSED */
};

struct ktsn_message {
    uint32_t magic;   /* KTSN_CHANNEL_MAGIC */
    uint16_t version; /* KTSN_CHANNEL_VERSION of the sender */
    uint16_t type;    /* ktsn_message_type */
};

struct ktsn_hello {
    struct ktsn_message message;
    int32_t process;  /* for people; KTSNd trusts SO_PEERCRED */
    char program[28]; /* for people; zero-terminated */
};

struct ktsn_welcome {
    struct ktsn_message message;
    uint32_t status_octets; /* size of the status memory */
    uint32_t ring_octets;   /* size of the ring memory */
    uint32_t slot_count;    /* a power of two, 2 to 65536 */
    uint32_t slot_octets;   /* a multiple of 64, at least 256 */
};

struct ktsn_refused {
    struct ktsn_message message;
    char reason[120]; /* a sentence with the remedy; zero-terminated */
};

struct ktsn_resolve {
    struct ktsn_message message;
    uint8_t next_hop[16]; /* an IPv4 address takes the first four octets */
    uint8_t family;       /* AF_INET or AF_INET6 */
    uint8_t reserved[7];
};

/* Asks for a socket's reports. They go to whoever has asked last; what was not read until then
 * stays where it is. */
struct ktsn_reports {
    struct ktsn_message message;
    uint64_t socket; /* SO_COOKIE */
};

/* ---- reports: KTSNd tells a program what became of a datagram, one message for each ---- */

enum ktsn_report_kind {
    KTSN_REPORT_INVALID = 1,   /* it could never leave at its launch time */
    KTSN_REPORT_MISSED = 2,    /* it can't leave at its launch time any more */
    KTSN_REPORT_SCHEDULED = 3, /* it queues since this instant */
    KTSN_REPORT_SENT = 4,      /* it was handed to the device at this instant */
};

/* What there is no room for in the socket's buffer is lost, as in the kernel's error queue. */
struct ktsn_report {
    uint8_t kind;   /* ktsn_report_kind */
    uint8_t family; /* of the datagram, as the slot says */
    uint8_t reserved0[2];
    uint32_t number;    /* as the slot says */
    uint64_t stamp;     /* as the slot says */
    int64_t instant_ns; /* TAI */
    /* As the frame says, in network order; all 0 where none follows, or one of another protocol. */
    uint8_t source[16];
    uint8_t destination[16];
    uint8_t reserved1[8];
    /* the frame follows, from the link layer on, where it is wanted and there is one */
};

/* ---- status memory: KTSNd tells, programs read ---- */

enum ktsn_status_flag {
    KTSN_STATUS_ACCEPTING = 1u << 0, /* unset: take the kernel's path */
};

struct ktsn_status {
    uint32_t magic;
    uint32_t version;
    uint32_t flags;              /* ktsn_status_flag */
    uint32_t interface_index;    /* of the time-sensitive interface, in the pod's namespace */
    uint32_t mtu;                /* of that interface, in octets */
    uint32_t network_generation; /* grows with every change of links, addresses, routes or rules */
    uint64_t space_round;        /* grows whenever KTSNd is about to empty the space socket */
    uint8_t reserved0[32];

    /* A datagram whose launch time lies before this instant (TAI) must ring the doorbell: the
     * planner sleeps and would wake too late for it. One in deadline mode may leave at once, and
     * counts as one whose launch time is 0. INT64_MIN while the planner is awake, INT64_MAX while
     * it sleeps without a term. Publish the slot, then read this (both seq_cst).
     */
    int64_t doorbell_before_ns;
    uint8_t reserved1[56];
};

/* ---- ring memory: a header of KTSN_RING_HEADER_OCTETS, then the slots ---- */

#define KTSN_RING_HEADER_OCTETS 4096u

/* Numbers of the timestamps that a socket asks for (SOF_TIMESTAMPING_OPT_ID). */
struct ktsn_numbers {
    uint64_t socket; /* SO_COOKIE; 0: free */
    uint64_t next;
};

/* In the place of a socket: the word tells the clock of a socket's launch times, where the kernel
 * may not be told. The programs' alone, too. */
#define KTSN_NUMBERS_CLOCK (UINT64_C(1) << 63)

#define KTSN_RING_NUMBERS 240

struct ktsn_ring {
    uint32_t magic;
    uint32_t version;
    uint32_t slot_count;
    uint32_t slot_octets;
    uint8_t reserved0[48];

    uint64_t claim; /* the next position to claim; atomic, programs advance it */
    uint8_t reserved1[56];

    /* A futex: KTSNd adds 1 and wakes when slots became free and someone waits. */
    uint32_t space_sequence;
    uint32_t space_waiters; /* how many threads wait on it; atomic, programs keep it */

    /* Not 0: a program waits until the space socket is writable (poll, select, epoll). Who finds
     * the ring full sends a filler to the space socket unless that is unwritable already, then
     * stores 1 here, fences (seq_cst), and looks for a free slot once more. KTSNd, where half of
     * the ring is free or has been taken since it saw the word: exchanges it for 0, begins a new
     * round, and takes the fillers of earlier rounds from its end, which makes the socket writable
     * for all who hold it. So it becomes if KTSNd dies, too. */
    uint32_t space_awaited;
    uint8_t reserved2[52];

    /* Grows whenever a program of the pod changes an option, address or peer of a socket: whoever
     * has copied such facts from the kernel reads them again. Atomic. */
    uint32_t socket_epoch;
    uint8_t reserved3[60];

    /* The programs' alone, so that all who have a socket number its timestamps together. Atomic; a
     * socket's entry is anywhere. */
    struct ktsn_numbers numbers[KTSN_RING_NUMBERS];
};

/*
 * A slot's state is one word of 64 bits: the position that it stands for (its lower 32 bits; slot =
 * position mod slot_count) above the owner.
 *
 *   (p, FREE)       whoever has advanced claim from p to p + 1 compares-and-swaps it to (p, thread)
 *   (p, thread)     that thread writes; nobody else touches the slot, however long it takes
 *   (p, PUBLISHED)  the thread has swapped it for this (seq_cst): KTSNd takes the datagram
 *   (p, ORPHANED)   the thread died before: the kernel has written this
 *
 * KTSNd goes over the positions in their order and waits for none: what is published it takes, what
 * is free or orphaned it passes, what somebody still writes it notes, and takes it when it is
 * published. A slot that it has done with becomes (q, FREE) for the next q that it has not passed.
 *
 * A program at claim position p that finds (p - slot_count, PUBLISHED or FREE) there: the ring is
 * full. Anything else but (p, FREE), and a swap that fails: the position is void; it moves claim on
 * and tries the next.
 *
 * The owner is a robust futex that is never waited for: a thread names it as its pending operation
 * (list_op_pending of its robust list) from before the swap until after the publication, so that
 * the kernel marks it (FUTEX_OWNER_DIED) however the thread ends.
 */
#define KTSN_SLOT_FREE 0u
#define KTSN_SLOT_PUBLISHED 0x3fffffffu
#define KTSN_SLOT_ORPHANED 0x40000000u

#define KTSN_SLOT_STATE(position, owner) ((uint64_t)(position) << 32 | (owner))

/* As large as it must be, so that one makes a socket with the smallest send buffer unwritable (the
 * kernel counts what it occupies: writable up to a quarter of the buffer). */
struct ktsn_filler {
    uint64_t round; /* KTSNd leaves those of the current round: their senders wait for the next */
    uint8_t reserved[1016];
};

enum ktsn_slot_flag {
    KTSN_SLOT_DEADLINE_MODE = 1u << 0, /* SOF_TXTIME_DEADLINE_MODE */
    KTSN_SLOT_REPORT_ERRORS = 1u << 1, /* SOF_TXTIME_REPORT_ERRORS */
    KTSN_SLOT_DONT_FRAGMENT = 1u << 2, /* DF, as the kernel would set it */
    KTSN_SLOT_NO_CHECKSUM = 1u << 3,   /* SO_NO_CHECK */
    KTSN_SLOT_PAST_IS_NOW = 1u << 4,   /* a launch time that has passed means: at once */
};

/* Reports that are wanted of a datagram besides KTSN_SLOT_REPORT_ERRORS. */
enum ktsn_slot_timestamp {
    KTSN_SLOT_TX_SCHED = 1u << 0,    /* SOF_TIMESTAMPING_TX_SCHED */
    KTSN_SLOT_TX_SOFTWARE = 1u << 1, /* SOF_TIMESTAMPING_TX_SOFTWARE */
    KTSN_SLOT_TX_DATA = 1u << 2,     /* with the frame: not SOF_TIMESTAMPING_OPT_TSONLY */
};

struct ktsn_slot {
    uint64_t state;            /* atomic, see above */
    int64_t launch_time_ns;    /* TAI */
    uint64_t socket;           /* SO_COOKIE */
    uint8_t family;            /* AF_INET, AF_INET6, or AF_PACKET: the payload is a frame */
    uint8_t flags;             /* ktsn_slot_flag */
    uint8_t tos;               /* IPv4 TOS octet, IPv6 traffic class */
    uint8_t ttl;               /* IPv4 TTL, IPv6 hop limit */
    uint32_t priority;         /* SO_PRIORITY, or the PCP of a tagged frame */
    uint16_t source_port;      /* machine order */
    uint16_t destination_port; /* machine order */
    uint32_t length;           /* octets of payload */
    uint8_t source[16];        /* network order; a shorter address takes the first octets */
    uint8_t destination[16];   /* likewise */

    /* The neighbour that the kernel named, likewise; the destination itself where that is on the
     * link. */
    uint8_t next_hop[16];
    int64_t sent_ns;     /* TAI; when the program sent it */
    uint32_t flow_label; /* IPv6, machine order; else 0 */
    uint8_t timestamps;  /* ktsn_slot_timestamp */
    uint8_t reserved0[3];
    uint32_t number; /* of its timestamps */
    uint8_t reserved1[4];
    uint64_t stamp; /* the launch time as the program gave it, for its reports */
    uint8_t reserved2[8];
    /* payload follows: slot_octets - KTSN_SLOT_HEADER_OCTETS */
};

#define KTSN_SLOT_HEADER_OCTETS 128u

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the owner lies first in a slot's state");
static_assert(sizeof(struct ktsn_message) == 8, "ktsn_message");
static_assert(sizeof(struct ktsn_hello) == 40, "ktsn_hello");
static_assert(sizeof(struct ktsn_welcome) == 24, "ktsn_welcome");
static_assert(sizeof(struct ktsn_refused) == 128, "ktsn_refused");
static_assert(sizeof(struct ktsn_resolve) == 32, "ktsn_resolve");
static_assert(sizeof(struct ktsn_reports) == 16, "ktsn_reports");
static_assert(sizeof(struct ktsn_report) == 64, "ktsn_report");
static_assert(offsetof(struct ktsn_report, source) == 24, "ktsn_report");
static_assert(sizeof(struct ktsn_status) == 128, "ktsn_status");
static_assert(offsetof(struct ktsn_status, space_round) == 24, "ktsn_status");
static_assert(sizeof(struct ktsn_filler) == 1024, "ktsn_filler");
static_assert(offsetof(struct ktsn_status, doorbell_before_ns) == 64, "ktsn_status");
static_assert(sizeof(struct ktsn_ring) == KTSN_RING_HEADER_OCTETS, "ktsn_ring");
static_assert(offsetof(struct ktsn_ring, numbers) == 256, "ktsn_ring");
static_assert(offsetof(struct ktsn_ring, claim) == 64, "ktsn_ring");
static_assert(offsetof(struct ktsn_ring, space_sequence) == 128, "ktsn_ring");
static_assert(offsetof(struct ktsn_ring, space_awaited) == 136, "ktsn_ring");
static_assert(offsetof(struct ktsn_ring, socket_epoch) == 192, "ktsn_ring");
static_assert(sizeof(struct ktsn_slot) == KTSN_SLOT_HEADER_OCTETS, "ktsn_slot");
static_assert(offsetof(struct ktsn_slot, source) == 40, "ktsn_slot");
static_assert(offsetof(struct ktsn_slot, next_hop) == 72, "ktsn_slot");
static_assert(offsetof(struct ktsn_slot, sent_ns) == 88, "ktsn_slot");
static_assert(offsetof(struct ktsn_slot, stamp) == 112, "ktsn_slot");

#endif
