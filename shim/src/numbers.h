/*
 * The numbers of a socket's timestamps (SOF_TIMESTAMPING_OPT_ID). The kernel counts the datagrams
 * that ask for timestamps, and tells nobody how far it is; so where some go through KTSNd, the
 * library counts for both, and gives the kernel its numbers with each datagram (SCM_TS_OPT_ID,
 * Linux 6.13). All programs that have a socket count together, in the ring's memory.
 */
#ifndef KTSN_NUMBERS_H
#define KTSN_NUMBERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "channel.h"

/* The number of a datagram that leaves now. channel may be NULL: KTSNd is away. Inside the channel,
 * if there is one. Async-signal-safe. */
uint32_t ktsn_numbers_take(struct ktsn_channel *channel, uint64_t cookie);

/* Counts for this socket from now on, if its timestamps are numbered. */
void ktsn_numbers_follow(int fd);

/* The kernel begins to count anew with this option, if the one before did not number. */
void ktsn_numbers_restart(int fd, uint32_t before);

/* A message for the kernel with its number. */
struct ktsn_numbered {
    struct msghdr message;
    uint64_t cookie;
    uint32_t number;
    char control[1024 + CMSG_SPACE(sizeof(uint32_t))] __attribute__((aligned(8)));
};

/* Gives a message that the kernel is to send its number. False: it needs none. Async-signal-safe.
 */
bool ktsn_numbers_add(int fd, const struct msghdr *message, int flags,
                      struct ktsn_numbered *numbered);

/* The kernel has not sent it. */
void ktsn_numbers_return(const struct ktsn_numbered *numbered);

#endif
