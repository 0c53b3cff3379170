/*
 * The library's end of the channel to KTSNd: connecting, the shared memories, signs of life.
 *
 * A thread that uses a channel is inside it, between enter and leave. A channel whose daemon is
 * gone is retired: no thread enters it any more, and it is unmapped when the last one has left. All
 * of it works without locks that another thread, a signal handler or a forked child could wait for
 * forever: what one thread does for all (connecting) is tried, and whoever comes second goes on
 * without.
 */
#ifndef KTSN_CHANNEL_CLIENT_H
#define KTSN_CHANNEL_CLIENT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "folder.h"
#include "ktsn_channel.h"

/* One in use, the others retired and not yet left. */
#define KTSN_CHANNELS 4

/* Every channel's control socket, doorbell and space socket, a connection that is being made, the
 * folder. */
#define KTSN_OWN_DESCRIPTORS (3 * KTSN_CHANNELS + 2)

struct ktsn_channel {
    atomic_int inside;    /* threads between enter and leave */
    atomic_bool occupied; /* mapped; changed by the connecting thread only */
    uint32_t serial;      /* differs from that of every earlier channel of this process */
    const struct ktsn_status *status;
    struct ktsn_ring *ring;
    size_t status_octets;
    size_t ring_octets;
    uint32_t slot_count;
    uint32_t slot_octets;
    uint64_t control_cookie;
    uint64_t namespace_cookie; /* of the pod's network namespace; 0: the kernel can't tell */
    atomic_int control;        /* -1: lost */
    atomic_int doorbell;       /* -1: lost */
    atomic_int space;          /* -1: lost; writable while there is space for those who wait */
    _Atomic int64_t checked_ns;
};

struct ktsn_channels {
    char path[256];
    bool verbose;
    atomic_bool explained;
    atomic_int owner; /* the process that this memory belongs to; 0: nobody has connected yet */
    struct ktsn_channel all[KTSN_CHANNELS];
    _Atomic(struct ktsn_channel *) current; /* NULL: none */

    atomic_int connecting; /* the thread that connects, or 0 */
    atomic_bool attempted; /* the first attempt is over */
    _Atomic int64_t next_attempt_ns;
    atomic_int awaiting; /* a connection whose WELCOME has not come yet, or -1 */
    int64_t awaiting_until_ns;
    uint32_t serial;
    uint64_t namespace_cookie; /* of the namespace in which KTSNd was met first, or 0 */
    struct ktsn_folder folder; /* of the socket; the connecting thread, but for its descriptor */
};

/* Prepares; makes no connection. */
void ktsn_channels_initialize(struct ktsn_channels *channels, const char *path, bool verbose);

/* Forgets what the parent's other threads were doing. The child of a fork, before anything else. */
void ktsn_channels_after_fork(struct ktsn_channels *channels);

/*
 * Enters the channel if KTSNd is there and accepts datagrams; NULL otherwise. Looks for signs of
 * life now and then, and tries to connect, at most every 100 ms. The first attempt of a process may
 * take 200 ms, later ones 1 ms. now_ns is CLOCK_MONOTONIC.
 */
struct ktsn_channel *ktsn_channel_enter(struct ktsn_channels *channels, int64_t now_ns);

/* As ktsn_channel_enter, but never connects. */
struct ktsn_channel *ktsn_channel_enter_connected(struct ktsn_channels *channels);

void ktsn_channel_leave(struct ktsn_channel *channel);

/* Tells whether a socket belongs to the network namespace of the channel's pod. Inside only. */
bool ktsn_channel_is_home_of(const struct ktsn_channel *channel, int fd);

/* Tells whether KTSNd still holds the other end and accepts datagrams; it is not entered again if
 * not. Inside only. */
bool ktsn_channel_lives(struct ktsn_channels *channels, struct ktsn_channel *channel);

/* Wakes KTSNd's planner. Inside only. */
void ktsn_channel_ring_doorbell(struct ktsn_channel *channel);

/* Hints that datagrams to this neighbour (an address in network order, of 4 or 16 octets) will
 * come. Inside only; never waits. */
void ktsn_channel_resolve(struct ktsn_channel *channel, uint8_t family, const void *next_hop,
                          size_t octets);

/*
 * Asks KTSNd for a socket's report socket, on a connection of its own. Waits for the answer, at
 * most 200 ms. Returns a descriptor out of the program's way, close-on-exec, or -errno. Inside
 * only. Async-signal-safe.
 */
int ktsn_channel_ask_reports(struct ktsn_channels *channels, uint64_t cookie);

/* The library's own descriptors in ascending order; returns how many. */
int ktsn_channels_descriptors(struct ktsn_channels *channels, int list[KTSN_OWN_DESCRIPTORS]);

/* Tells whether a descriptor is the library's own. */
bool ktsn_channels_own(struct ktsn_channels *channels, int fd);

/* As ktsn_channels_vacate, but makes no system call: the library does without the descriptor. */
void ktsn_channels_abandon(struct ktsn_channels *channels, int fd);

/* Duplicates a descriptor to a number out of the program's way, close-on-exec, or returns -errno.
 */
int ktsn_own_duplicate(int fd);

/* Moves the library off a descriptor that the program is about to replace. */
void ktsn_channels_vacate(struct ktsn_channels *channels, int fd);

#endif
