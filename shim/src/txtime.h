/*
 * SO_TXTIME for programs without the administrator's rights (CAP_NET_ADMIN in the user namespace of
 * the socket's network namespace), to whom the kernel grants CLOCK_MONOTONIC alone. What leaves
 * through KTSNd needs no such right: the kernel's socket gets the clock that it may have, and the
 * library remembers the one that the program's launch times are on; for all programs of the pod, in
 * the ring's memory.
 */
#ifndef KTSN_TXTIME_H
#define KTSN_TXTIME_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "channel.h"

/* The kernel has answered SO_TXTIME with EPERM. Returns whether it was switched on all the same:
 * for a socket of the pod whose datagrams KTSNd takes, while it is there. */
bool ktsn_txtime_grant(int fd, const void *value, socklen_t length);

/* The kernel has taken SO_TXTIME as it was given: what it says counts again. */
void ktsn_txtime_told(int fd);

/* The clock of a socket's launch times, where the kernel says this one. Inside the channel. */
int32_t ktsn_txtime_clock(const struct ktsn_channel *channel, int fd, int32_t clock);

/* Puts right what getsockopt has said of SO_TXTIME: length octets, where it was CLOCK_MONOTONIC.
 * Preserves errno. */
void ktsn_txtime_answer(int fd, void *value, socklen_t length);

#endif
