/* The time-sensitive path of one datagram. */
#ifndef KTSN_TRANSMIT_H
#define KTSN_TRANSMIT_H

#include <sys/socket.h>

#include "flow.h"

/*
 * Hands a message over to KTSNd, waiting for space as the kernel waits in a full send buffer.
 * Returns the octets of payload, the -errno with which the kernel would have refused it, or
 * KTSN_TAKE_KERNEL: then nothing has happened, and the caller calls the kernel. Preserves errno. A
 * cancellation point if the message takes this path. Async-signal-safe.
 */
long ktsn_transmit(int fd, const struct msghdr *message, int flags);

#endif
