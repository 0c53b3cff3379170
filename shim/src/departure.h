/*
 * How a datagram gets into the ring, alike for all address families: waiting for space as the
 * kernel waits in a full send buffer, waking the planner, trying again when KTSNd goes away.
 */
#ifndef KTSN_DEPARTURE_H
#define KTSN_DEPARTURE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "channel.h"
#include "flow.h"

/* An Ethernet header. */
#define KTSN_PREFIX_OCTETS 14

/* A blocked call, over all its attempts. */
struct ktsn_patience {
    bool known;
    bool endless;
    int64_t until_ns; /* CLOCK_MONOTONIC */
};

/* One datagram, looked up and checked; or several (UDP_SEGMENT), which are alike. */
struct ktsn_departure {
    struct ktsn_channel *channel;
    const struct msghdr *message;
    uint32_t length;       /* octets that are taken from the message */
    uint32_t segment;      /* of each datagram, of which there may be several; 0: it is one */
    struct ktsn_slot slot; /* what the slot is to say, but for its state and when it was sent */
    uint8_t prefix[KTSN_PREFIX_OCTETS]; /* goes before what is taken from the message */
    uint32_t prefix_octets;
    bool zerocopy; /* its completion is told, see zerocopy.h */
    bool numbered; /* the slot gets the next number of the socket's timestamps */
};

/*
 * One attempt to hand a message over. Returns the octets that were taken from the message, -errno,
 * KTSN_TAKE_KERNEL, or KTSN_TRY_AGAIN: then it is to be made once more from the start.
 */
typedef long ktsn_attempt(struct ktsn_channel *channel, int fd, const struct msghdr *message,
                          int flags, const void *request, struct ktsn_patience *patience);

#define KTSN_TRY_AGAIN (KTSN_TAKE_KERNEL - 1)

/*
 * Makes attempts, each inside the channel, until one has decided. Returns as the attempt does, or
 * KTSN_TAKE_KERNEL if there is no channel. Preserves errno. A cancellation point.
 * Async-signal-safe.
 */
long ktsn_attempts(ktsn_attempt *attempt, int fd, const struct msghdr *message, int flags,
                   const void *request);

/* Tells whether the payload of a message can be read; if not, the kernel is to say what it says. */
bool ktsn_payload_readable(const struct msghdr *message, uint32_t length);

/* A pending error (an ICMP answer to an earlier datagram) is reported once, instead of sending.
 * Returns it, negative, or 0. */
int ktsn_pending_error(int fd);

/*
 * Puts a datagram into the ring; if that is full, waits for as long as the socket would wait for
 * room in its send buffer. Inside the channel; returns as an attempt does.
 */
long ktsn_depart(int fd, int flags, const struct ktsn_departure *departure,
                 struct ktsn_patience *patience);

#endif
